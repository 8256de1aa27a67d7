import { LIVE_LANE } from '@keywatch/events';

/** Whether a sweep may go by the time of an event: as the engine's `hasTime`. */
export const HAS_TIME = `(lane = '${LIVE_LANE}' OR time_flag = 'event')`;
