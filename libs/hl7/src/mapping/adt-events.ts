const siteMaySay = 'where your RIS means a merge by it, add it to merges in the mapping of the feed';

/**
 * Why an ADT event that names patients neither joins nor parts any (HL7 v2 chapter 3). Merges and changes of a patient
 * id stand in the mapping of the feed (`merges`, `unmerges`), which wins.
 */
export const adtWithoutEffect: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'corrects what is known of a patient and changes no patient id: a report says of the patient what the images say':
      ['A08', 'A31'],
    'speaks of accounts and makes no two patients one': ['A35', 'A41', 'A44', 'A49'],
    'speaks of visits and makes no two patients one': ['A42', 'A45', 'A50', 'A51'],
    'links patients that stay two': ['A24'],
    [`makes two persons one, of whom each may keep patients of its own; ${siteMaySay}`]: ['A30', 'A39'],
    [`moves a patient id that stays the same from one person to another; ${siteMaySay}`]: ['A43'],
    'changes the alternate patient id (PID-4), and nothing is known by that': ['A48'],
  }).flatMap(([why, events]) => events.map((event) => [event, `ADT^${event} ${why}.`] as const)),
);
