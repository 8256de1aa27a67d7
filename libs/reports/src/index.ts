export {
  alertActionNamed,
  alertsNamed,
  alertStory,
  MAX_NAMED,
  silencesNamed,
  silencesWithIds,
  type ActionRow,
  type AlertStoryQueries,
  type DeliveryRow,
  type SilenceRow,
  type TellingRow,
} from './alerts/alert-detail.js';
export { alertsQuery, factsOf, ALERT_ROW } from './alerts/alerts.query.js';
export { columnsOf, type Column } from './kit/columns.js';
export { parametersOf, type Parameter } from './kit/parameters.js';
export { MAX_LIMIT, ReportParamsError } from './kit/params.js';
export {
  defineReport,
  type Findings,
  type Known,
  type LogBounds,
  type PreparedReport,
  type Report,
  type ReportDefinition,
  type ReportTopic,
  type Row,
  type Summary,
  type TimeRange,
} from './kit/report.js';
export { type SqlParams, type SqlQuery, type SqlValue } from './kit/sql.js';
export { REPORTS, reportOf } from './reports/index.js';
export { DEFAULT_LIMIT_DAYS, LIMIT_DAYS } from './rotation/limits.js';
export {
  KEY_STATE_PARAMS,
  keyStateQuestion,
  type KeyStateQuestion,
} from './key-state/key-state.params.js';
export { keyStateQueries, type KeyStateQueries } from './key-state/key-state.queries.js';
export {
  keyStateAt,
  tenantsOf,
  type AlertRow,
  type ChangeRow,
  type KeptRow,
  type KeyStateAnswer,
  type KeyStateRows,
  type UseRow,
} from './key-state/key-state.js';
