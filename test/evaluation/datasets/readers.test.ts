import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DATASET_NAMES, listDataset, loadTruth } from '../../../evaluation/datasets/index.ts'
import { black, type Content, linesOf, lowest, removeTrees, treeOf } from './tree.ts'

/** One data set in its owners' layout: what should be listed, and one file whose absence must be told. */
interface Layout {
  readonly files: Readonly<Record<string, Content>>
  readonly lines: readonly string[]
  readonly remove: string
}

const files = (...names: readonly string[]): Record<string, Content> =>
  Object.fromEntries(names.map((name) => [name, lowest]))

const mvtecLike = (name: string, bad: string): Layout => ({
  files: files(
    `${name}/train/good/000.png`,
    `${name}/test/good/000.png`,
    `${name}/test/${bad}/000.png`,
    `${name}/test/${bad}/001.png`,
    `${name}/ground_truth/${bad}/000_mask.png`,
    `${name}/ground_truth/${bad}/001_mask.png`,
  ),
  lines: [
    ...[0, 1].map(
      (i) => `${name}: ${name}/test/${bad}/00${i}.png 1 ${name}/ground_truth/${bad}/00${i}_mask.png`,
    ),
    `${name}: ${name}/test/good/000.png 0 -`,
  ].sort(),
  remove: `${name}/ground_truth/${bad}/000_mask.png`,
})

const paired = (name: string, [image, mask]: readonly [string, string]): Layout => ({
  files: files(image, mask, image.replace('1', '2'), mask.replace('1', '2')),
  lines: [`${name}: ${image} 1 ${mask}`, `${name}: ${image.replace('1', '2')} 1 ${mask.replace('1', '2')}`],
  remove: mask,
})

const visaRows = [
  'object,split,label,image,mask',
  'candle,train,normal,candle/Data/Images/Normal/0.JPG,',
  'candle,test,normal,candle/Data/Images/Normal/1.JPG,',
  'candle,test,anomaly,candle/Data/Images/Anomaly/0.JPG,candle/Data/Masks/Anomaly/0.png',
]

const LAYOUTS: Readonly<Record<string, Layout>> = {
  mvtec: mvtecLike('bottle', 'broken_large'),
  mpdd: mvtecLike('tubes', 'anomalous'),
  'dtd-synthetic': mvtecLike('Mesh_114', 'bad'),
  btad: {
    files: files('01/test/ok/0.bmp', '01/test/ko/1.bmp', '01/ground_truth/ko/1.png'),
    lines: ['01: 01/test/ko/1.bmp 1 01/ground_truth/ko/1.png', '01: 01/test/ok/0.bmp 0 -'],
    remove: '01/ground_truth/ko/1.png',
  },
  visa: {
    files: {
      'split_csv/1cls.csv': `${visaRows.join('\n')}\n`,
      ...files(
        'candle/Data/Images/Normal/1.JPG',
        'candle/Data/Images/Anomaly/0.JPG',
        'candle/Data/Masks/Anomaly/0.png',
      ),
    },
    lines: [
      'candle: candle/Data/Images/Normal/1.JPG 0 -',
      'candle: candle/Data/Images/Anomaly/0.JPG 1 candle/Data/Masks/Anomaly/0.png',
    ],
    remove: 'candle/Data/Masks/Anomaly/0.png',
  },
  sdd: {
    files: {
      ...files('kos01/Part0.jpg', 'kos01/Part1.jpg'),
      'kos01/Part0_label.bmp': black,
      'kos01/Part1_label.bmp': lowest,
      ...files('kos26/Part0.jpg', 'kos26/Part0_label.bmp'),
    },
    lines: [
      'electrical commutators: kos01/Part0.jpg 0 kos01/Part0_label.bmp',
      'electrical commutators: kos01/Part1.jpg 1 kos01/Part1_label.bmp',
    ],
    remove: 'kos01/Part0_label.bmp',
  },
  dagm: {
    files: files('Class10/Test/0001.PNG', 'Class10/Test/0002.PNG', 'Class10/Test/Label/0002_label.PNG'),
    lines: [
      'Class10: Class10/Test/0001.PNG 0 -',
      'Class10: Class10/Test/0002.PNG 1 Class10/Test/Label/0002_label.PNG',
    ],
    remove: 'Class10/Test/0002.PNG',
  },
  headct: {
    files: {
      'labels.csv': 'id, hemorrhage\n0,1\n199,0\n',
      ...files('head_ct/head_ct/000.png', 'head_ct/head_ct/199.png'),
    },
    lines: ['brain: head_ct/head_ct/000.png 1 -', 'brain: head_ct/head_ct/199.png 0 -'],
    remove: 'head_ct/head_ct/000.png',
  },
  brainmri: {
    files: files('no/1 no.jpeg', 'yes/Y1.jpg'),
    lines: ['brain: no/1 no.jpeg 0 -', 'brain: yes/Y1.jpg 1 -'],
    remove: 'no',
  },
  br35h: {
    files: files('no/no0.jpg', 'yes/y0.jpg', 'pred/pred0.jpg'),
    lines: ['brain: no/no0.jpg 0 -', 'brain: yes/y0.jpg 1 -'],
    remove: 'yes',
  },
  'covid-19': {
    files: files(
      'Normal/images/a.png',
      'COVID/images/b.png',
      'COVID/masks/b.png',
      'Viral Pneumonia/images/c.png',
    ),
    lines: ['chest: Normal/images/a.png 0 -', 'chest: COVID/images/b.png 1 -'],
    remove: 'Normal',
  },
  colondb: paired('colon', ['images/1.png', 'masks/1.png']),
  clinicdb: paired('colon', ['Original/1.tif', 'Ground Truth/1.tif']),
  kvasir: paired('colon', ['images/a1.jpg', 'masks/a1.jpg']),
  endo: paired('colon', ['images/b1.jpg', 'masks/b1.jpg']),
  tn3k: paired('thyroid', ['test-image/0001.jpg', 'test-mask/0001.jpg']),
  csv: {
    files: {
      'list.csv': 'image,label,mask,category\n"a,b.png",good,,lid\nc.png,1,c.bmp,lid\n',
      ...files('a,b.png', 'c.png', 'c.bmp'),
    },
    lines: ['lid: a,b.png 0 -', 'lid: c.png 1 c.bmp'],
    remove: 'c.bmp',
  },
}

describe('listDataset', () => {
  after(removeTrees)

  for (const [name, { files: content, lines, remove }] of Object.entries(LAYOUTS)) {
    it(`lists ${name} as its owners lay it out`, async () => {
      const root = await treeOf(content)
      assert.deepEqual(linesOf(root, await listDataset(name, { root })), lines)
    })

    it(`names what is missing from ${name}`, async () => {
      const root = await treeOf(content)
      const before = (await listDataset(name, { root })).problems.length
      await rm(join(root, remove), { recursive: true })
      const { problems } = await listDataset(name, { root })
      assert.equal(problems.length, before + 1)
      const about = remove.replace(/\.\w+$/, '')
      const told = problems.filter(({ message }) => message.includes(about))
      assert.deepEqual([...new Set(told.map(({ code }) => code))], ['DATASET_FILE_MISSING'])
    })
  }

  it('does not take an image of DAGM for good because its mask is gone', async () => {
    const root = await treeOf({
      ...LAYOUTS.dagm.files,
      'Class10/Test/Label/Labels.txt':
        '1\n1\t1\t0001.PNG\t1\t0001_label.PNG\n2\t1\t0002.PNG\t1\t0002_label.PNG\n',
    })
    const listed = await listDataset('dagm', { root })
    assert.match(linesOf(root, listed)[0], /0001\.PNG 1 -$/)
    assert.ok(listed.problems.some(({ file }) => file.endsWith('0001_label.PNG')))
  })

  it('reads the first version of COVID-19, and tells an empty folder', async () => {
    const root = await treeOf({ ...files('COVID-19/b.png'), 'NORMAL/readme.txt': '' })
    const listed = await listDataset('covid-19', { root })
    assert.deepEqual(linesOf(root, listed), ['chest: COVID-19/b.png 1 -'])
    assert.deepEqual(
      listed.problems.map(({ file }) => file),
      [join(root, 'NORMAL')],
    )
  })

  it('finds the masks of ISIC behind _Segmentation', async () => {
    const image = 'ISBI2016_ISIC_Part1_Test_Data/ISIC_0000003.jpg'
    const mask = 'ISBI2016_ISIC_Part1_Test_GroundTruth/ISIC_0000003_Segmentation.png'
    const root = await treeOf(files(image, mask))
    const listed = await listDataset('isic', { root })
    assert.deepEqual(linesOf(root, listed), [`skin: ${image} 1 ${mask}`])
    assert.deepEqual(listed.problems, [])
  })

  it('tells a mask without its image, and pairs the others by name', async () => {
    const root = await treeOf(files('images/2.png', 'masks/1.png', 'masks/2.png'))
    const listed = await listDataset('colondb', { root })
    assert.deepEqual(linesOf(root, listed), ['colon: images/2.png 1 masks/2.png'])
    assert.deepEqual(
      listed.problems.map(({ code }) => code),
      ['DATASET_FILE_MISSING'],
    )
  })

  it('names an unknown class of a list', async () => {
    const root = await treeOf({
      ...LAYOUTS.visa.files,
      'split_csv/1cls.csv': [...visaRows, 'widget,test,normal,w.png,'].join('\n'),
    })
    const { problems } = await listDataset('visa', { root })
    const unknown = problems.filter(({ code }) => code === 'DATASET_UNKNOWN_CLASS')
    assert.equal(unknown.length, 1)
    assert.match(unknown[0].message, /"widget"/)
  })

  for (const [name, of] of Object.entries({
    mvtec: 15,
    mpdd: 6,
    btad: 3,
    'dtd-synthetic': 12,
    visa: 12,
    dagm: 10,
  }))
    it(`names each category of ${name} that is not there, unless others are asked for`, async () => {
      const root = await treeOf(LAYOUTS[name]!.files)
      const { categories, problems, absent } = await listDataset(name, { root })
      assert.equal(categories.length, 1)
      assert.equal(new Set([...absent, categories[0]!.name]).size, of)
      assert.deepEqual(problems, [])
      const asked = await listDataset(name, { root, categories: [categories[0]!.name] })
      assert.deepEqual(asked.absent, [])
    })

  it('misses no category of a data set in a tree of one’s own that is laid out like it', async () => {
    const root = await treeOf(mvtecLike('a widget', 'bent').files)
    assert.deepEqual((await listDataset('mvtec', { root })).absent, [])
  })

  it('takes categories of other names that are laid out like MVTec AD, after those of the data set', async () => {
    const root = await treeOf({
      ...LAYOUTS.mvtec.files,
      ...files('a widget/test/good/0.png', 'papers/cvpr.png'),
    })
    const wanted = { root, categories: ['a widget', 'bottle'] }
    const { categories, problems } = await listDataset('mvtec', wanted)
    assert.deepEqual(problems, [])
    assert.deepEqual(
      categories.map(({ name }) => name),
      ['bottle', 'a widget'],
    )
  })

  it('cuts the images of SDD into thirds, of which those with a defect are bad', async () => {
    const root = await treeOf(LAYOUTS.sdd.files)
    const { categories } = await listDataset('sdd', { root, thirds: true })
    assert.deepEqual(
      categories[0].samples.map(({ crop, label }) => [crop?.index, label]),
      [0, 1, 2, 0, 1, 2].map((index, i) => [index, i === 5 ? 1 : 0]),
    )
  })

  it('names a label of SDD that does not decode', async () => {
    const root = await treeOf({
      ...LAYOUTS.sdd.files,
      'kos02/Part0_label.bmp': 'no image',
      ...files('kos02/Part0.jpg'),
    })
    const { problems } = await listDataset('sdd', { root })
    assert.deepEqual(
      problems.map(({ code, file }) => [code, file]),
      [['IMAGE_FORMAT', join(root, 'kos02/Part0_label.bmp')]],
    )
  })

  it('names a folder of good and bad images after its root, with masks where there are some', async () => {
    const root = await treeOf(files('good/1.png', 'bad/2.jpg'))
    const name = root.split('/').at(-1)
    assert.deepEqual(linesOf(root, await listDataset('folder', { root })), [
      `${name}: good/1.png 0 -`,
      `${name}: bad/2.jpg 1 -`,
    ])
    const withMasks = await treeOf(files('good/1.png', 'bad/2.jpg', 'bad/3.jpg', 'masks/2.gif'))
    const listed = await listDataset('folder', { root: withMasks })
    assert.match(linesOf(withMasks, listed)[1], /bad\/2\.jpg 1 masks\/2\.gif$/)
    assert.match(listed.problems[0].message, /masks\/3/)
  })

  it('reads meta.json when asked to', async () => {
    const entry = { cls_name: 'lid', specie_name: 'dent', anomaly: 1 }
    const lid = [
      { ...entry, img_path: 'a.png', mask_path: 'm.png' },
      { ...entry, img_path: 'gone.png', mask_path: '' },
      { ...entry, img_path: 'b.png', mask_path: '', anomaly: 2 },
    ]
    const root = await treeOf({
      ...files('a.png', 'm.png', 'b.png'),
      'meta.json': JSON.stringify({ test: { lid } }),
    })
    const listed = await listDataset('mvtec', { root, meta: true })
    assert.deepEqual(linesOf(root, listed), ['lid: a.png 1 m.png'])
    assert.equal(listed.categories[0].samples[0].type, 'dent')
    assert.deepEqual(
      listed.problems.map(({ code }) => code),
      ['DATASET_FILE_MISSING', 'DATASET_LIST'],
    )
  })

  it('reads COCO: images without annotations are good, unknown categories are named', async () => {
    const annotation = { image_id: 2, category_id: 7, segmentation: [[1, 1, 4, 1, 4, 3, 1, 3]] }
    const json = {
      images: [1, 2, 3, 4].map((id) => ({ id, file_name: `${id}.png`, width: 6, height: 9 })),
      annotations: [annotation, { ...annotation, image_id: 3, category_id: 8 }],
      categories: [{ id: 7, name: 'dent' }],
    }
    const root = await treeOf({
      'annotations/all.json': JSON.stringify(json),
      ...files('images/1.png', 'images/2.png', 'images/3.png'),
    })
    const listed = await listDataset('coco', { root })
    assert.deepEqual(
      linesOf(root, listed).map((line) => line.replace(/^.*: /, '')),
      ['images/1.png 0 -', 'images/2.png 1 shapes'],
    )
    assert.deepEqual(
      listed.problems.map(({ code }) => code),
      ['DATASET_UNKNOWN_CLASS', 'DATASET_FILE_MISSING'],
    )
  })

  it('takes the labels of a CSV list that say what is meant, in any case, and names the others', async () => {
    const good = ['good', 'OK', 'normal', 'pass', '0']
    const bad = ['bad', 'NOK', 'anomaly', 'anomalous', 'Abnormal', 'defect', 'defective', 'fail', '1']
    const neither = ['positive', 'constructor', 'toString', '__proto__', '']
    const rows = [...good, ...bad, ...neither].map((label) => `a.png,${label}`)
    const root = await treeOf({ 'list.csv': ['image,label', ...rows].join('\n'), ...files('a.png') })
    const { categories, problems } = await listDataset('csv', { root })
    assert.deepEqual(
      categories[0]!.samples.map(({ label }) => label),
      [...good.map(() => 0), ...bad.map(() => 1)],
    )
    assert.deepEqual(
      problems.map(({ code, message }) => [code, message.match(/class "(.*?)"/)?.[1]]),
      neither.map((label) => ['DATASET_UNKNOWN_CLASS', label]),
    )
  })

  it('names what lies among the images and is not read, but no papers', async () => {
    const papers = [
      'a.txt',
      'read.MD',
      'Thumbs.db',
      'desktop.ini',
      '.hidden',
      '._1.png',
      'LICENSE',
      'README-first',
    ]
    const unread = ['camera.heic', 'noext', 'readme.heic', 'x.avif']
    const texts = [...papers, ...unread].map((name) => [`good/${name}`, ''] as const)
    const root = await treeOf({
      ...files('good/1.png', 'good/line 2/deep/2.png', 'bad/3.png'),
      'good/notes/a.txt': '',
      ...Object.fromEntries(texts),
    })
    const { categories, problems } = await listDataset('folder', { root })
    assert.equal(categories[0]!.samples.length, 2)
    assert.deepEqual(
      problems.map(({ code, file }) => [code, file]),
      [['DATASET_FILE_SKIPPED', join(root, 'good')]],
    )
    assert.ok(
      problems[0]!.message.includes('holds camera.heic, line 2, noext, readme.heic, x.avif, expected'),
    )
  })

  it('counts what is not read where there is much of it', async () => {
    const many = Array.from({ length: 25 }, (_, i) => [`good/${i}.avif`, ''] as const)
    const root = await treeOf({ ...files('good/a.png', 'bad/b.png'), ...Object.fromEntries(many) })
    const { problems } = await listDataset('folder', { root })
    assert.equal(problems.length, 1)
    assert.match(problems[0]!.message, /0\.avif, .* and 15 more, expected/)
  })

  for (const [name, file] of [
    ['mvtec', 'bottle/ground_truth/broken_large/000_mask.svg'],
    ['dagm', 'Class10/Test/0003.avif'],
    ['sdd', 'kos01/Part7.heic'],
  ] as const)
    it(`names what is not read in ${name}, too`, async () => {
      const root = await treeOf({ ...LAYOUTS[name]!.files, [file]: '' })
      const { problems } = await listDataset(name, { root })
      const skipped = problems.filter(({ code }) => code === 'DATASET_FILE_SKIPPED')
      assert.deepEqual(
        skipped.map(({ file }) => file),
        [join(root, dirname(file))],
      )
    })

  it('takes good/, bad/ and masks/ in capitals, too, and names a second one', async () => {
    const root = await treeOf(files('Good/1.png', 'BAD/2.png', 'Masks/2.png'))
    const listed = await listDataset('folder', { root })
    assert.deepEqual(listed.problems, [])
    assert.deepEqual(
      linesOf(root, listed).map((line) => line.replace(/^.*: /, '')),
      ['Good/1.png 0 -', 'BAD/2.png 1 Masks/2.png'],
    )
    const twice = await treeOf(files('Good/1.png', 'good/2.png'))
    // Where a file system tells them apart.
    if ((await readdir(twice)).length === 1) return
    const { problems } = await listDataset('folder', { root: twice })
    assert.deepEqual(
      problems.map(({ code, file }) => [code, file]),
      [['DATASET_AMBIGUOUS', join(twice, 'Good')]],
    )
  })

  for (const only of ['good', 'bad'])
    it(`lists a folder with ${only} images alone, and misses nothing`, async () => {
      const root = await treeOf(files(`${only}/1.png`))
      const { categories, problems } = await listDataset('folder', { root })
      assert.deepEqual(problems, [])
      assert.equal(categories[0]!.samples.length, 1)
    })

  it('names an image that shares its mask, and a mask that is not the only one of its image', async () => {
    const root = await treeOf(
      files('bad/1.jpg', 'bad/1.png', 'bad/2.png', 'masks/1.png', 'masks/2.gif', 'masks/2.png'),
    )
    const listed = await listDataset('folder', { root })
    assert.deepEqual(
      linesOf(root, listed).map((line) => line.replace(/^.*: /, '')),
      ['bad/1.jpg 1 masks/1.png', 'bad/1.png 1 masks/1.png', 'bad/2.png 1 masks/2.gif'],
    )
    const { problems } = listed
    assert.deepEqual(
      problems.map(({ code, file }) => [code, file.replace(`${root}/`, '')]),
      [
        ['DATASET_AMBIGUOUS', 'masks/2.png'],
        ['DATASET_AMBIGUOUS', 'masks/1.png'],
      ],
    )
  })

  for (const [name, file] of [
    ['mvtec', 'bottle/ground_truth/broken_large/000_mask.bmp'],
    ['dagm', 'Class10/Test/Label/0002_label.bmp'],
    ['sdd', 'kos01/Part0_label.png'],
  ] as const)
    it(`names a second mask of one image in ${name}, too`, async () => {
      const root = await treeOf({ ...LAYOUTS[name]!.files, [file]: black })
      const { problems } = await listDataset(name, { root })
      assert.equal(problems.filter(({ code }) => code === 'DATASET_AMBIGUOUS').length, 1)
    })

  it('takes the mask of a bad image that is black all over for none, and names it when it is loaded', async () => {
    const root = await treeOf({ ...files('bad/1.png', 'bad/2.png', 'masks/2.png'), 'masks/1.png': black })
    const [category] = (await listDataset('folder', { root })).categories
    const [first, second] = await Promise.all(category!.samples.map((sample) => loadTruth(sample, 2)))
    assert.equal(first!.mask, null)
    assert.match(
      first!.remark!.message,
      /^DATASET_MASK_LABEL: the mask of the bad image .*bad\/1\.png is black/,
    )
    assert.equal(second!.remark, null)
  })

  it('takes a black mask of a good image, and names one that is not black when it is loaded', async () => {
    const root = await treeOf({
      ...files('good/1.png', 'good/2.png', 'bad/3.png', 'masks/2.png', 'masks/3.png'),
      'masks/1.png': black,
    })
    const { categories, problems } = await listDataset('folder', { root })
    assert.deepEqual(problems, [])
    const truths = await Promise.all(categories[0]!.samples.map((sample) => loadTruth(sample, 2)))
    assert.deepEqual(
      truths.map(({ remark }) => remark?.message.match(/good\/\d\.png/)?.[0] ?? null),
      [null, 'good/2.png', null],
    )
    assert.ok(truths[1]!.mask!.data.every((value) => value === 0))
  })

  it('leaves a mask that does not decode to whoever loads it', async () => {
    const root = await treeOf({ ...files('bad/1.png'), 'masks/1.png': 'no image' })
    const listed = await listDataset('folder', { root })
    assert.deepEqual(listed.problems, [])
    assert.ok(listed.categories[0]!.samples[0]!.mask)
  })

  it('names a second class of one category of a CSV list, once, and takes the first', async () => {
    const rows = ['good,', 'good,flask', 'bad,jar', 'bad,jar', 'good,flask'].map((row) => `a.png,${row},x`)
    const list = ['image,label,class,category', ...rows, 'a.png,good,jar,y'].join('\n')
    const root = await treeOf({ 'list.csv': list, ...files('a.png') })
    const { categories, problems } = await listDataset('csv', { root })
    assert.deepEqual(
      categories.map(({ className, samples }) => [className, samples.length]),
      [
        ['flask', 5],
        ['jar', 1],
      ],
    )
    assert.deepEqual(
      problems.map(({ code }) => code),
      ['DATASET_LIST'],
    )
    assert.match(problems[0]!.message, /category "x" has the class "jar" beside "flask"/)
  })

  it('takes only the categories asked for, under the class name given', async () => {
    const root = await treeOf({ ...LAYOUTS.mvtec.files, ...mvtecLike('metal_nut', 'bent').files })
    const { categories } = await listDataset('mvtec', { root, categories: ['metal_nut'] })
    assert.deepEqual(
      categories.map(({ name, className }) => [name, className]),
      [['metal_nut', 'metal_nut']],
    )
    const [named] = (await listDataset('mvtec', { root, categories: ['bottle'], className: 'flask' }))
      .categories
    assert.equal(named.className, 'flask')
  })

  it('names only the problems of the categories asked for, and those of all', async () => {
    const withProblem = async (name: string, categories: readonly string[], content: Layout['files']) => {
      const root = await treeOf(content)
      const { problems } = await listDataset(name, { root, categories })
      return problems.map(({ file }) => file.replace(`${root}/`, ''))
    }
    const two = { ...LAYOUTS.mvtec.files, ...mvtecLike('metal_nut', 'bent').files }
    delete two['metal_nut/ground_truth/bent/000_mask.png']
    assert.deepEqual(await withProblem('mvtec', ['bottle'], two), [])
    assert.deepEqual(await withProblem('mvtec', ['metal_nut'], two), [
      'metal_nut/ground_truth/bent/000_mask.*',
    ])
    assert.deepEqual(await withProblem('visa', ['candle'], LAYOUTS.visa.files), [])
    assert.deepEqual(await withProblem('dagm', ['Class10'], LAYOUTS.dagm.files), [])
    const list = 'image,label,category\na.png,good,lid\na.png,fine,box\ngone.png,bad,box\na.png,good,box\n'
    const csv = { 'list.csv': list, ...files('a.png') }
    assert.deepEqual(await withProblem('csv', ['lid'], csv), [])
    assert.deepEqual(await withProblem('csv', ['box'], csv), ['list.csv', 'gone.png'])
    const entry = { img_path: 'a.png', anomaly: 0 }
    const test = { lid: [entry], box: [entry, { ...entry, img_path: 'gone.png' }] }
    const root = await treeOf({ 'meta.json': JSON.stringify({ test }), ...files('a.png') })
    const meta = async (...categories: string[]) =>
      (await listDataset('mvtec', { root, meta: true, categories })).problems.length
    assert.deepEqual([await meta('lid'), await meta('lid', 'box')], [0, 1])
  })

  it('leaves the class of one’s own images to the model, unless a list or the caller names it', async () => {
    const root = await treeOf({ 'good/1.png': 'good', 'bad/2.png': 'bad' })
    const [own] = (await listDataset('folder', { root })).categories
    assert.equal(own!.className, null)
    const [named] = (await listDataset('folder', { root, className: 'flask' })).categories
    assert.equal(named!.className, 'flask')
  })

  it('refuses an unknown data set, an unknown category and a root without images', async () => {
    const root = await treeOf({ ...LAYOUTS.mvtec.files, 'empty/x.txt': '' })
    await assert.rejects(listDataset('mnist', { root }), { code: 'DATASET_UNKNOWN' })
    await assert.rejects(listDataset('mvtec', { root, categories: ['lid'] }), { code: 'DATASET_UNKNOWN' })
    for (const name of DATASET_NAMES)
      await assert.rejects(listDataset(name, { root: join(root, 'empty') }), { code: 'DATASET_ROOT' })
    await assert.rejects(listDataset('mvtec', { root: join(root, 'gone') }), { code: 'DATASET_ROOT' })
  })

  it('says what it expects of a root, which only a data set with owners has from them', async () => {
    const root = await treeOf({ 'x.txt': '' })
    for (const [name, expected] of [
      ['mvtec', /expected the folder of the data set mvtec as its owners lay it out\./],
      ['folder', /expected a folder with images in good\/ and bad\/\./],
      ['csv', /expected a CSV file with the columns image and label, or a folder with one\./],
      ['coco', /expected a JSON file of COCO's form, or a folder with one\./],
    ] as const)
      for (const path of [root, join(root, 'gone')])
        await assert.rejects(listDataset(name, { root: path }), { code: 'DATASET_ROOT', message: expected })
    await assert.rejects(listDataset('mvtec', { root, meta: true }), {
      message: /expected a folder with the meta\.json/,
    })
  })
})
