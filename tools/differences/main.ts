import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../sources.ts';
import { renderDifferences } from './render.ts';
import { runDifferences, unexplained } from './run.ts';

/** `main.ts`: writes docs/differences.md from a run. `main.ts TITLE`: runs what has it in its title, and writes nothing. */
const only = process.argv[2];
const results = await runDifferences(only);
const problems = unexplained(results);
for (const problem of problems) console.log(problem);
const count = results.flatMap(result => result.outcomes).length;
console.log(`${count} requests, ${problems.length} unexplained`);
if (only === undefined && problems.length === 0)
  writeFileSync(join(root, 'docs/differences.md'), renderDifferences(results));
process.exitCode = problems.length === 0 ? 0 : 1;
