import { type Html, html } from './html.ts'

/** For an engineer who knows PLCs, not machine learning. */
export const meaning = (): Html => html`<section id="words">
<h2>What the words mean</h2>
<dl>
${MEANINGS.map(([word, words]) => html`<dt>${word}</dt><dd>${words}</dd>`)}
</dl>
</section>`

const MEANINGS: readonly (readonly [string, string])[] = [
  [
    'Score, map',
    'The model gives every image a score from 0 to 1 and a map with a value from 0 to 1 for every pixel: the higher, the more it looks like a defect. Whether that is an alarm is decided by a threshold; at or above it is an alarm. Colours of a map begin at half of the threshold for it, or at half of its own highest value where that is lower.',
  ],
  ['False alarm, miss', 'A good part that is an alarm; a bad part that is none.'],
  [
    'AUROC',
    'Take one good and one bad image at random: how often does the bad one have the higher score? 100 % is always, 50 % is tossing a coin. It says how well a model sorts, whatever the threshold. For pixels the same with good and bad pixels; as defects are small, high values are easy there.',
  ],
  [
    'AP (average precision)',
    'Lower the threshold step by step: of all that is an alarm, how much is really bad, on average until the last bad one is found? Unlike AUROC it depends on how many images are bad.',
  ],
  [
    'F1-max',
    'F1 is one number for both kinds of mistakes: twice the bad ones found, divided by all alarms plus all bad ones. F1-max is the highest it gets, with the best threshold for these very images; later images will do a little worse.',
  ],
  [
    'AUPRO',
    'How much of each defect the map covers, every connected region counting the same however small, averaged over thresholds at which at most 30 % of the good pixels are alarms (the shaded part of the curve). It takes every threshold; "reference" is what the published code computes at 200 of them. The curve drawn is the exact one.',
  ],
  [
    'ROC and PRO curves',
    'From left to right the threshold is lowered: more false alarms, and more found. The nearer a curve comes to the upper left corner, the better; the dashed diagonal is chance.',
  ],
  [
    'Good parts over it later, at most',
    'These good images are a sample. With 95 % confidence no larger share of later good parts is over the threshold, as long as they come from the same line under the same light. It shrinks with the number of good images.',
  ],
  [
    'Which threshold?',
    '"99 % of the good" needs no bad images and judges score and map: it is what the node "threshold" imports. "False alarms" is for a line that stands a known number of them. "F1-max" looks at the bad images, too: take it where they are as those to come.',
  ],
]
