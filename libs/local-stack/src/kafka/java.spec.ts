import { describe, expect, it } from '@jest/globals';
import { type Ask, findJava, findMaven, javaCommand, javaMajor } from './java.js';

const says =
  (output: string | undefined): Ask =>
  () =>
    Promise.resolve(output);

describe('javaMajor', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['openjdk version "25" 2025-09-16', 25],
    ['java version "1.8.0_402"', 8],
    ['openjdk version "11.0.22" 2024-01-16', 11],
    ['zsh: segmentation fault', undefined],
  ])('reads %j', (output, major) => {
    expect(javaMajor(output)).toBe(major);
  });
});

describe('findJava', () => {
  it('takes 17 and newer', async () => {
    expect(await findJava('java', says('openjdk version "17.0.1"'))).toBe(17);
    expect(await findJava('java', says('openjdk version "21.0.1"'))).toBe(21);
  });

  it('names the version that is too old, and the cure', async () => {
    await expect(findJava('/opt/jdk/bin/java', says('openjdk version "11.0.2"'))).rejects.toThrow(
      'Java 11 (/opt/jdk/bin/java) is too old; install Java 17 or newer, or set JAVA_HOME',
    );
  });

  it('says that there is none', async () => {
    await expect(findJava('java', says(undefined))).rejects.toThrow(/no Java \(java\); install/);
  });

  it('finds out that a command is not there without throwing anything else', async () => {
    await expect(findJava('/nowhere/bin/java')).rejects.toThrow(/no Java \(\/nowhere\/bin\/java\)/);
  });
});

describe('findMaven', () => {
  it('reads the version, printed in bold or not', async () => {
    expect(await findMaven('mvn', says('\u001b[1mApache Maven 3.8.7\u001b[m\nMaven home'))).toBe(
      '3.8.7',
    );
    expect(await findMaven('mvn', says('Apache Maven 3.9.9 (8e8579a9)'))).toBe('3.9.9');
  });

  it('says that there is none, and what it would be for', async () => {
    await expect(findMaven('mvn', says(undefined))).rejects.toThrow(
      "no Maven (mvn), which fetches the broker's jars once; install Maven 3",
    );
  });
});

describe('javaCommand', () => {
  it('prefers JAVA_HOME', () => {
    expect(javaCommand('/opt/jdk')).toBe('/opt/jdk/bin/java');
    expect(javaCommand('')).toBe('java');
    expect(javaCommand()).toBe('java');
  });
});
