/** How far an event may be behind, unless set otherwise (KEYWATCH_DETECT_LATENESS_MINUTES), in ms. */
export const LATENESS_MS = 15 * 60_000;
