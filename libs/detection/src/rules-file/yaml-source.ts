import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../policy/nearest.js';
import type { FileProblem } from './problem.js';

type Path = readonly PropertyKey[];

/** A YAML text and where its members stand. */
export class YamlSource {
  private readonly lines = new LineCounter();
  private readonly document: Document;

  constructor(text: string) {
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      uniqueKeys: true,
    });
  }

  /** What makes it no YAML; empty: {@link value} may be asked for. */
  get syntaxProblems(): FileProblem[] {
    return this.document.errors.map((error) => ({
      ...this.position(error.pos[0]),
      at: '',
      message: error.message,
    }));
  }

  /** The value; undefined where the file is empty or holds comments only. */
  get value(): unknown {
    // Aliases may repeat a part, not blow the file up.
    const value: unknown = this.document.toJS({ maxAliasCount: 100 });
    return value ?? undefined;
  }

  /** The problem at the member of that path, or at the nearest one around it where it is missing. */
  problemAt(path: Path, message: string): FileProblem {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const offset = this.offsetOf(path.slice(0, depth));
      if (offset !== undefined) {
        return { ...this.position(offset), at: path.map(String).join('.'), message };
      }
    }
    return { line: 1, column: 1, at: path.map(String).join('.'), message };
  }

  /** Every issue of a check with zod, in the order of the file. `base`: where what was checked stands in the file. */
  problemsOf(error: z.ZodError, schema: z.ZodType, base: Path = []): FileProblem[] {
    return inFileOrder(
      error.issues.flatMap((issue) => this.problemsOfIssue(issue, base, schema, base.length)),
    );
  }

  private problemsOfIssue(
    issue: z.core.$ZodIssue,
    around: Path,
    schema: z.ZodType,
    baseDepth: number,
  ): FileProblem[] {
    const path = [...around, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const known = membersAt(schema, path.slice(baseDepth));
      return issue.keys.map((name) =>
        this.problemAt(
          [...path, name],
          `there is no "${name}" here${nearest(name, known)}${known.length === 0 ? '' : `; there are ${known.join(', ')}`}`,
        ),
      );
    }
    if (issue.code === 'invalid_union') {
      const inner = issue.errors.find((issues) => !isWrongType(issues)) ?? [];
      if (inner.length > 0) {
        return inner.flatMap((one) => this.problemsOfIssue(one, path, schema, baseDepth));
      }
    }
    return [this.problemAt(path, this.wordsOf(issue, path))];
  }

  private wordsOf(issue: z.core.$ZodIssue, path: Path): string {
    const given: unknown = this.document.getIn(path);
    if (issue.code === 'invalid_type' && given === undefined) return 'is missing';
    if (issue.code === 'invalid_value') {
      const values = issue.values.map(String);
      return `${JSON.stringify(given)} is none of them${nearest(String(given), values)}; there are ${values.join(', ')}`;
    }
    if (issue.code === 'invalid_type') {
      const hint =
        issue.expected === 'string' && ['number', 'boolean'].includes(typeof given)
          ? ' (write it in quotes)'
          : '';
      return `must be ${WORDS[issue.expected] ?? issue.expected}${hint}`;
    }
    if (issue.code === 'invalid_union')
      return issue.message === 'Invalid input'
        ? 'must be a text or a list of texts'
        : issue.message;
    if (issue.code === 'too_small' && issue.origin === 'number')
      return `must be at least ${issue.minimum}`;
    if (issue.code === 'too_big' && issue.origin === 'number')
      return `must be at most ${issue.maximum}`;
    return issue.message;
  }

  private offsetOf(path: Path): number | undefined {
    const name = path.at(-1);
    const parent: unknown =
      path.length < 2 ? this.document.contents : this.document.getIn(path.slice(0, -1), true);
    if (name === undefined) return isNode(parent) ? parent.range?.[0] : undefined;
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === name);
      return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    }
    const node: unknown = this.document.getIn(path, true);
    return isNode(node) ? node.range?.[0] : undefined;
  }

  private position(offset: number): { line: number; column: number } {
    const { line, col } = this.lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of members',
  record: 'a map of members',
  array: 'a list',
};

/** The problems as a reader of the file meets them, each once. */
export function inFileOrder(problems: readonly FileProblem[]): FileProblem[] {
  const seen = new Set<string>();
  return [...problems]
    .sort((a, b) => a.line - b.line || a.column - b.column)
    .filter((problem) => {
      const text = JSON.stringify(problem);
      return !seen.has(text) && seen.add(text);
    });
}

function isWrongType(issues: readonly z.core.$ZodIssue[]): boolean {
  return issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0);
}

/** Names of the members that an object of the schema has at the path. */
function membersAt(schema: z.ZodType, path: Path): string[] {
  let here: z.core.$ZodType | undefined = schema;
  for (const part of path) {
    here = bare(here);
    const def: z.core.$ZodTypeDef | undefined = here?._zod.def;
    if (def?.type === 'object') here = (def as z.core.$ZodObjectDef).shape[String(part)];
    else if (def?.type === 'array') here = (def as z.core.$ZodArrayDef).element;
    else if (def?.type === 'record') here = (def as z.core.$ZodRecordDef).valueType;
    else return [];
  }
  const def = bare(here)?._zod.def;
  return def?.type === 'object' ? Object.keys((def as z.core.$ZodObjectDef).shape) : [];
}

/** Without what makes it optional or gives it a default; of a union that part which has members. */
function bare(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let here = schema;
  if (here?._zod.def.type === 'union') {
    const { options } = here._zod.def as z.core.$ZodUnionDef;
    here = options.find(({ _zod: { def } }) => ['array', 'object', 'record'].includes(def.type));
  }
  while (here !== undefined && 'innerType' in here._zod.def) {
    here = here._zod.def.innerType as z.core.$ZodType;
  }
  return here;
}
