/** Classes by data set, in the order of the published code (dataset.py). */
export const MVTEC = [
  ...['carpet', 'bottle', 'hazelnut', 'leather', 'cable', 'capsule', 'grid', 'pill', 'transistor'],
  ...['metal_nut', 'screw', 'toothbrush', 'zipper', 'tile', 'wood'],
]
export const VISA = [
  ...['candle', 'capsules', 'cashew', 'chewinggum', 'fryum', 'macaroni1', 'macaroni2'],
  ...['pcb1', 'pcb2', 'pcb3', 'pcb4', 'pipe_fryum'],
]
export const MPDD = ['bracket_black', 'bracket_brown', 'bracket_white', 'connector', 'metal_plate', 'tubes']
export const BTAD = ['01', '02', '03']
export const DAGM = Array.from({ length: 10 }, (_, i) => `Class${i + 1}`)
export const DTD_SYNTHETIC = [
  ...['Woven_001', 'Woven_127', 'Woven_104', 'Stratified_154', 'Blotchy_099', 'Woven_068'],
  ...['Woven_125', 'Marbled_078', 'Perforated_037', 'Mesh_114', 'Fibrous_183', 'Matted_069'],
]
