import { z } from 'zod';

/** For how long an incident is told of once per network. */
export const AGAIN_AFTER_DAYS = z
  .int()
  .min(1)
  .max(366)
  .default(7)
  .describe('Days after which a network that still uses the key is told of again');
