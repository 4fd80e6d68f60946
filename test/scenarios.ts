/** For tests alone: text scripts of what a controller's pure part decides; UPDATE=1 writes the transcripts anew. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { playScript } from '#base/script.ts';

export interface Scenario {
  /** Carries out one line and returns what it has to say. */
  run(verb: string, words: readonly string[], options: Readonly<Record<string, string>>): readonly string[];
}

/** One test for each script in `folder`; `begin` makes the world that a script starts in. */
export function testScenarios(folder: URL, begin: () => Scenario): void {
  for (const name of readdirSync(folder).sort()) {
    test(`scenario ${name}`, () => {
      const file = new URL(name, folder);
      const script = readFileSync(file, 'utf8');
      const scenario = begin();
      const transcript = playScript(script, line => runLine(scenario, line));
      if (process.env.UPDATE === '1') writeFileSync(file, transcript);
      else assert.equal(transcript, script);
    });
  }
}

function runLine(scenario: Scenario, line: string): readonly string[] {
  const [verb = '', ...rest] = line.trim().split(/\s+/);
  const options: Record<string, string> = {};
  for (const word of rest.filter(other => other.includes('='))) {
    const at = word.indexOf('=');
    options[word.slice(0, at)] = word.slice(at + 1);
  }
  return scenario.run(
    verb,
    rest.filter(word => !word.includes('=')),
    options,
  );
}
