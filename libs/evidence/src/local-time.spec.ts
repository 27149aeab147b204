import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { dicomTime, documentOffset, offsetOf, readableTime } from './local-time.js';

describe('the offset of a document', () => {
  const winter = new Date('2026-01-02T12:00:00Z');
  const summer = new Date('2026-07-02T12:00:00Z');

  it('follows the zone through the year, half hours included', () => {
    expect(offsetOf('Europe/Berlin', winter)).toBe('+0100');
    expect(offsetOf('Europe/Berlin', summer)).toBe('+0200');
    expect(offsetOf('Asia/Kolkata', winter)).toBe('+0530');
    expect(offsetOf('America/St_Johns', winter)).toBe('-0330');
    expect(offsetOf('UTC', winter)).toBe('+0000');
  });

  it('is the stated one of the source where that is valid, else that of the zone', () => {
    expect(documentOffset('-0500', 'Europe/Berlin', winter)).toBe('-0500');
    expect(documentOffset('-0000', 'Europe/Berlin', winter)).toBe('+0000');
    for (const stated of [undefined, '', '+1', '+2500', '0100', '+01:00', '-1300', '+1430']) {
      expect(documentOffset(stated, 'Europe/Berlin', winter)).toBe('+0100');
    }
  });

  it('refuses a zone that does not exist', () => {
    expect(() => offsetOf('Mars/Olympus', winter)).toThrow(
      expect.objectContaining({ code: 'evidence.time-zone-unknown' }),
    );
  });
});

describe('an instant in an offset', () => {
  it('crosses midnight and the year', () => {
    expect(dicomTime(new Date('2025-12-31T23:30:05Z'), '+0100')).toEqual({
      date: '20260101',
      time: '003005',
    });
    expect(dicomTime(new Date('2026-01-01T01:15:00Z'), '-0330')).toEqual({
      date: '20251231',
      time: '214500',
    });
    expect(readableTime(new Date('2026-01-02T11:58:30Z'), '+0100')).toBe('2026-01-02 12:58 (+0100)');
  });

  it('is the same instant whatever the offset', () => {
    const instants = fc.date({
      min: new Date('1990-01-01'),
      max: new Date('2090-01-01'),
      noInvalidDate: true,
    });
    const zones = fc.constantFrom('Europe/Berlin', 'Asia/Kathmandu', 'America/New_York', 'Pacific/Apia');
    fc.assert(
      fc.property(instants, zones, (at, zone) => {
        const offset = offsetOf(zone, at);
        const { date, time } = dicomTime(at, offset);
        const iso = `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${time.slice(4)}${offset.slice(0, 3)}:${offset.slice(3)}`;
        expect(new Date(iso).getTime()).toBe(Math.floor(at.getTime() / 1000) * 1000);
      }),
    );
  });
});
