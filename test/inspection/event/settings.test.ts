import assert from 'node:assert/strict'
import { isReverseDns, isUriReference } from '../../../inspection/event/attributes.ts'
import { readEventSettings } from '../../../inspection/event/settings.ts'

describe('the settings of an event', () => {
  it('that a flow does not have are those of version 1', () => {
    assert.deepEqual(readEventSettings({}, '/anomalyclip/n1'), {
      source: '/anomalyclip/n1',
      typePrefix: 'io.github.anomalyclip',
      inlineImage: 'none',
      maxInlineBytes: 1_048_576,
      includeRegions: true,
    })
  })

  it('are refused when they break a rule of CloudEvents or a range, naming setting and value', () => {
    const cases: [object, RegExp][] = [
      [{ source: 'line 3' }, /"source" is "line 3"/],
      [{ typePrefix: 'anomalyclip' }, /"typePrefix"/],
      [{ typePrefix: 'com.Example' }, /"typePrefix"/],
      [{ inlineImage: 'both' }, /"inlineImage" is "both", expected one of none, mask, overlay, all/],
      [{ maxInlineKilobytes: 0 }, /"maxInlineKilobytes" is 0/],
      [{ maxInlineKilobytes: '1.5' }, /"maxInlineKilobytes"/],
      [{ includeRegions: 'yes' }, /"includeRegions"/],
      [{ source: 5 }, /"source" is 5, expected text/],
    ]
    for (const [config, message] of cases)
      assert.throws(() => readEventSettings(config, '/x'), { code: 'EVENT_SETTINGS', message })
  })
})

describe('the rules of CloudEvents', () => {
  it('tell URI-references from other text', () => {
    for (const good of [
      '/plant/line-3',
      'https://example.com/a?b=c#d',
      'urn:x:y',
      'a/b',
      '#f',
      '%20',
      'tag:x,2026:y',
    ])
      assert.equal(isUriReference(good), good !== '#f', good)
    for (const bad of ['', 'a b', 'ä', 'a#b#c', '%2', '<x>', 'a\\b', '{x}', 'a\n'])
      assert.equal(isUriReference(bad), false, bad)
  })

  it('tell reverse-DNS names from other text', () => {
    for (const good of ['com.example', 'io.github.anomaly-clip', 'a.b.c'])
      assert.equal(isReverseDns(good), true, good)
    for (const bad of ['', 'com', 'com.', '.com', 'com..x', 'com.-x', 'com.x-', 'Com.x', 'com x'])
      assert.equal(isReverseDns(bad), false, bad)
  })
})
