import type { Measurement } from '@prelector/findings';

import { unitWord } from './measurement-words.js';

const NUMBER = /\d[\d.,]*(?<![.,])/gu;

/** True when a number in text is the value, at whatever precision the text gives it. */
function states(text: string, value: number): boolean {
  const readings = [text.replaceAll(',', ''), text.replace(',', '.')];
  return readings.some((reading) => {
    const decimals = reading.split('.')[1]?.length ?? 0;
    return Math.abs(Number(reading) - Math.abs(value)) <= 0.5 * 10 ** -decimals + 1e-9;
  });
}

/** What stands after a number that has no unit: the end, a sign, or the words that go on. */
const NO_UNIT = /^(?:$|[(),;:]|and\b)/u;

/**
 * The statement of a condition, of which a number may be a withheld value also where no unit follows: one of three
 * figures or more, as fewer are the same by chance.
 */
export function redactStatement(text: string, withheld: readonly Measurement[]): string {
  return redactWithheld(text, withheld).replace(NUMBER, (number, index: number, whole: string) => {
    const after = whole.slice(index + number.length).trimStart();
    const figures = number.replaceAll(/^[0.,]+|[.,]/gu, '').length;
    const leaks = figures >= 3 && NO_UNIT.test(after) && withheld.some(({ value }) => states(number, value));
    return leaks ? '[withheld]' : number;
  });
}

/**
 * Text of a model package with the values of withheld measurements replaced: a number followed by the
 * measurement's unit that equals its value, sign aside, when rounded alike. Limits and acquisition values stay.
 */
export function redactWithheld(text: string, withheld: readonly Measurement[]): string {
  return text.replace(NUMBER, (number, index: number) => {
    const after = text.slice(index + number.length).trimStart();
    const leaks = withheld.some(
      ({ value, unit }) =>
        states(number, value) && [unit.value, unitWord(unit)].some((word) => after.startsWith(word)),
    );
    return leaks ? '[withheld]' : number;
  });
}
