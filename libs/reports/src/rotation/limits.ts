/** The limits that the sweep stale-key tells by: a report and an alert never disagree. */
export { DEFAULT_LIMIT_DAYS, LIMIT_DAYS } from '@keywatch/keys';
