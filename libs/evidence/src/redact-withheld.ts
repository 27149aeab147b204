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
