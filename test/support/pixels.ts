const MEAN = [0.48145466, 0.4578275, 0.40821073]
const STD = [0.26862954, 0.26130258, 0.27577711]

/** The pixels behind a normalised tensor [N, 3, S, S], as [N, S, S, 3]. */
export const pixelsOf = (input: Float32Array, size: number): Uint8Array => {
  const area = size * size
  const images = input.length / (3 * area)
  const pixels = new Uint8Array(input.length)
  for (let image = 0; image < images; image++)
    for (let channel = 0; channel < 3; channel++)
      for (let i = 0; i < area; i++) {
        const value = input[(image * 3 + channel) * area + i]!
        pixels[(image * area + i) * 3 + channel] = Math.round((value * STD[channel]! + MEAN[channel]!) * 255)
      }
  return pixels
}
