import assert from 'node:assert/strict'
import { userCheck } from '../../../../connect/opcua/server/users.ts'

describe('users of our server', () => {
  const check = userCheck([
    { name: 'a', password: 'bc' },
    { name: 'ü', password: '"' },
  ])

  it('are known by name and password', () => {
    assert.equal(check('a', 'bc'), true)
    assert.equal(check('ü', '"'), true)
  })

  it('are nobody else', () => {
    for (const [name, password] of [
      ['ab', 'c'],
      ['a', ''],
      ['', ''],
      ['A', 'bc'],
      ['a', '"'],
      ['a","bc', ''],
    ] as const)
      assert.equal(check(name, password), false, `${name} ${password}`)
    assert.equal(userCheck([])('', ''), false)
  })
})
