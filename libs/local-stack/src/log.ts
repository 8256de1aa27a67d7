/** Takes one line of progress for a person, without a line break. */
export type Log = (line: string) => void;
