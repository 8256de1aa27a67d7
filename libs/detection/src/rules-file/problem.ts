/** Something wrong in a file that a person wrote. Lines and columns count from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  /** Where it stands, member by member: `rules.stale-key.limitDays`; empty: the file as a whole. */
  readonly at: string;
  readonly message: string;
}

/** `12:5 rules.stale-key.limitDays: must be ...` */
export function problemText({ line, column, at, message }: FileProblem): string {
  return `${line}:${column} ${at === '' ? '' : `${at}: `}${message}`;
}

/** Every problem of a file at once. */
export class FileProblems extends Error {
  constructor(
    readonly file: string,
    readonly problems: readonly FileProblem[],
  ) {
    super(
      `${file} is not right:\n${problems.map((problem) => `  - ${problemText(problem)}`).join('\n')}`,
    );
    this.name = 'FileProblems';
  }
}
