import { execa } from 'execa';
import { join } from 'node:path';

/** Kafka 4 brokers need it (https://kafka.apache.org/43/getting-started/compatibility/). */
export const MINIMUM_JAVA = 17;

const ANSWER_MS = 20_000;

/** Runs a command and gives what it printed on both streams; undefined when there is no such command. */
export type Ask = (command: string, args: readonly string[]) => Promise<string | undefined>;

export const ask: Ask = async (command, args) => {
  const result = await execa(command, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: ANSWER_MS,
  });
  return result.exitCode === 0 ? result.all : undefined;
};

/** The command of a Java installation (JAVA_HOME), or `java` from the PATH. */
export const javaCommand = (javaHome?: string): string =>
  javaHome === undefined || javaHome === '' ? 'java' : join(javaHome, 'bin', 'java');

/** The major version in the output of `java -version`: 17 for 17.0.15, 8 for 1.8.0_402. */
export function javaMajor(output: string): number | undefined {
  const found = /version "(?:1\.)?(\d+)/.exec(output);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/**
 * The major version of a Java that can run the broker.
 * @throws Error that says what is missing and how to get it.
 */
export async function findJava(command: string, run: Ask = ask): Promise<number> {
  const output = await run(command, ['-version']);
  const major = output === undefined ? undefined : javaMajor(output);
  if (major === undefined) {
    throw new Error(
      `no Java (${command}); install a JDK or JRE ${MINIMUM_JAVA} or newer, or set JAVA_HOME`,
    );
  }
  if (major < MINIMUM_JAVA) {
    throw new Error(
      `Java ${major} (${command}) is too old; install Java ${MINIMUM_JAVA} or newer, or set JAVA_HOME`,
    );
  }
  return major;
}

/**
 * The version of Maven.
 * @throws Error that says that it is missing and how to get it.
 */
export async function findMaven(command: string, run: Ask = ask): Promise<string> {
  const output = await run(command, ['-version']);
  const version = /Apache Maven (\S+)/.exec(output ?? '')?.[1];
  if (version === undefined) {
    throw new Error(`no Maven (${command}), which fetches the broker's jars once; install Maven 3`);
  }
  // Maven prints its version in bold.
  return version.replaceAll(/[^\d.].*$/g, '');
}
