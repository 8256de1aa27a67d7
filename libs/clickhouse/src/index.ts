export { alertLogRow } from './rows/alert-action-row.js';
export { alertEventRow } from './rows/alert-event-row.js';
export * from './rows/dead-letter-row.js';
export * from './rows/delivery-event-row.js';
export { INTAKES, type Intake } from './rows/empty-columns.js';
export { columnsOfIntake } from './rows/intake-header.js';
export * from './rows/key-event-row.js';
export { NO_IDENTITY, type Position, type RowKind } from './rows/position.js';
export * from './rows/range-row.js';
export { RowBytes } from './rows/row-bytes.js';
export * from './client.js';
export { DirectStore } from './intake/direct-store.js';
export * from './intake/insert-errors.js';
export * from './intake/intake-writer.js';
export { type Backoff } from './intake/retry.js';
export * from './schema/migrate.js';
export { MigrationError } from './schema/migration-plan.js';
export { type Target } from './schema/migration-sql.js';
export { roleName, ROLES, roleStatements, type Role, type RolesOutcome } from './schema/roles.js';
export { TABLES, type ColumnOf, type TableName } from './schema/tables.js';
export {
  describeViews,
  VIEWS,
  viewsDatabase,
  type ViewColumn,
  type ViewDescription,
  type ViewName,
} from './schema/views.js';
export * from './log/dead-letters.js';
export {
  loadSavedQueries,
  SAVED_QUERIES,
  savedParams,
  SavedParamsError,
  type SavedParam,
  type SavedQuery,
} from './saved/saved-queries.js';
export * from './log/freshness.js';
export * from './log/identities.js';
export { readBackRange, type Stretch } from './log/range-read-back.js';
export * from './log/rhythms.js';
export * from './log/stored-ranges.js';
export * from './log/sweep-runs.js';
export {
  rebuildTable,
  RebuildError,
  type RebuildOptions,
  type Rebuilt,
} from './rebuild/rebuild.js';
export { REBUILDABLE, type Rebuildable } from './rebuild/rebuildable.js';
export * from './report-runner.js';
export { type LogPartition, type VerifyTopics } from './verify/context.js';
export { CHECKS, type CheckName, type Finding } from './verify/finding.js';
export { verifyDatabase, type VerifyOptions } from './verify/verify.js';
