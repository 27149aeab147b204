import { describe, expect, it } from '@jest/globals';
import {
  addDays,
  daysOf,
  dicomDate,
  localTime,
  reachingBack,
  recentWindow,
  sweepWindow,
} from './poll-window.js';

describe('recentWindow', () => {
  it("is made in the archive's time zone, not in that of the process", () => {
    const now = new Date('2026-03-01T03:30:00Z');
    expect(recentWindow(now, 1, 'America/Los_Angeles')).toEqual({ from: '20260227', to: '20260301' });
    expect(recentWindow(now, 1, 'Asia/Tokyo')).toEqual({ from: '20260228', to: '20260302' });
  });

  it('covers as many hours as it is told', () => {
    expect(recentWindow(new Date('2026-03-10T12:00:00Z'), 72, 'UTC').from).toBe('20260307');
  });
});

describe('sweepWindow', () => {
  it('reaches back over the end of a year', () => {
    expect(sweepWindow(new Date('2026-01-02T12:00:00Z'), 3, 'UTC')).toEqual({
      from: '20251230',
      to: '20260103',
    });
  });
});

describe('daysOf', () => {
  it('names every day once, across a change of summer time and a leap day', () => {
    expect(daysOf({ from: '20240228', to: '20240301' })).toEqual(['20240228', '20240229', '20240301']);
    expect(daysOf({ from: '20260328', to: '20260330' })).toHaveLength(3);
    expect(addDays('20260329', 1)).toBe('20260330');
    expect(dicomDate(new Date('2026-03-29T00:30:00Z'), 'Europe/Zurich')).toBe('20260329');
  });
});

describe('reachingBack', () => {
  const range = { from: '20260309', to: '20260311' };

  it('keeps a window that leaves no gap', () => {
    expect(reachingBack(range, null)).toEqual(range);
    expect(reachingBack(range, '2026-03-11')).toEqual(range);
  });

  it('covers an outage, and at most a month', () => {
    expect(reachingBack(range, '2026-03-07').from).toBe('20260305');
    expect(reachingBack(range, '2025-01-01').from).toBe('20260208');
  });
});

describe('localTime', () => {
  it('is comparable with Study Date and Time', () => {
    expect(localTime(new Date('2026-03-01T00:05:09Z'), 'America/New_York')).toBe('20260228190509');
    expect(localTime(new Date('2026-03-01T00:00:00Z'), 'UTC')).toBe('20260301000000');
  });
});
