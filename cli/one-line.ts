/** Whoever reads standard error line by line gets one line an error. */
export const oneLine = (message: string): string => message.replaceAll(/\s*\n\s*/g, ' ')
