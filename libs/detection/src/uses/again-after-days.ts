import { z } from 'zod';

/** For how long an incident is told of once. */
export const AGAIN_AFTER_DAYS = z
  .int()
  .min(1)
  .max(366)
  .default(7)
  .describe('Days after which a key that is still used is told of again');
