import { describe, expect, it } from '@jest/globals';
import { addDays, daysOf, dicomDate, recentWindow, sweepWindow } from './poll-window.js';

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
