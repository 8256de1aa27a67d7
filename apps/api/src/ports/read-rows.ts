import type { SqlQuery } from '@keywatch/reports';
import { comeAgain } from '../http/problem.js';
import type { Database } from './database.js';

/** All rows of an answer that is small. @throws ProblemError 503 where the database can't answer */
export async function readRows<T>(
  database: Database,
  query: SqlQuery,
  signal: AbortSignal,
): Promise<T[]> {
  const rows: T[] = [];
  try {
    for await (const row of database.rows(query, signal)) rows.push(row as T);
  } catch (error) {
    const problem = comeAgain(
      503,
      'The database can not answer now; /health/ready says what is wrong.',
      5,
    );
    problem.cause = error;
    throw problem;
  }
  return rows;
}
