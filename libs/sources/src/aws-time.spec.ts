import { describe, expect, it } from '@jest/globals';
import { awsTime } from './aws-time.js';

describe('awsTime', () => {
  it.each([
    ['2023-07-10T11:54:33Z', '2023-07-10T11:54:33Z'],
    ['2020-09-14T00:44:23.000+02:00', '2020-09-14T00:44:23.000+02:00'],
    ['2023-07-10 11:54:33.000', '2023-07-10T11:54:33.000Z'],
    ['2023-07-10T11:54:33', '2023-07-10T11:54:33.000Z'],
    ['Jul 10, 2023, 12:09:47 PM', '2023-07-10T12:09:47.000Z'],
    ['Jul 1, 2023 12:09:47 AM', '2023-07-01T00:09:47.000Z'],
    ['Jul 10, 2023, 12:09:47\u202FPM', '2023-07-10T12:09:47.000Z'],
  ])('reads %s as UTC', (text, time) => {
    expect(awsTime(text)).toBe(time);
  });

  it.each([
    undefined,
    null,
    1_700_000_000,
    '',
    'soon',
    '2023-07-10T25:00:00Z',
    '2023-02-31T01:00:00Z',
    '10.07.2023',
  ])('finds no time in %p', (value) => {
    expect(awsTime(value)).toBeUndefined();
  });
});
