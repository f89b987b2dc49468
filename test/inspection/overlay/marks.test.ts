import assert from 'node:assert/strict'
import { marksSvg } from '../../../inspection/overlay/marks.ts'
import { findRegions } from '../../../inspection/regions/index.ts'
import { drawn, mapLike } from '../masks.ts'

const found = (...lines: string[]) =>
  findRegions(mapLike(drawn(...lines)), { pixelThreshold: 0.5, minArea: 0 }, { width: 30, height: 20 })

describe('marks', () => {
  it('as outlines follow the edges of the regions, holes too', () => {
    const svg = marksSvg(
      findRegions(
        mapLike(drawn('###', '#.#', '###')),
        { pixelThreshold: 0.5, minArea: 0 },
        { width: 3, height: 3 },
      ),
      'outlines',
    )
    assert.match(svg, /width="3" height="3"/)
    assert.match(svg, /d="M0 0 3 0 3 3 0 3ZM1 1 1 2 2 2 2 1Z"/)
  })

  it('as boxes go around the regions', () => {
    assert.match(marksSvg(found('#.', '##'), 'boxes'), /d="M0 0h30v20h-30Z"/)
  })

  it('are none where none are asked for or nothing is found', () => {
    assert.equal(marksSvg(found('#.', '##'), 'none'), '')
    assert.equal(marksSvg(found('..', '..'), 'outlines'), '')
  })
})
