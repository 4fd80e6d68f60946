import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emitFacts } from './emit-facts.ts';
import { emitRefs } from './emit-refs.ts';
import { emitTypes } from './emit-types.ts';
import { readApiPackages, Resolver } from './model.ts';

/**
 * Writes src/api/generated from checkouts of kubernetes/api, apimachinery, apiextensions-apiserver and
 * kube-aggregator: facts alone, no sentences.
 *
 *   node tools/generate-api/main.ts CHECKOUT_DIR...
 */
function main(checkouts: readonly string[]): void {
  if (checkouts.length === 0) {
    console.error('usage: node tools/generate-api/main.ts CHECKOUT_DIR...');
    process.exitCode = 2;
    return;
  }
  const output = join(import.meta.dirname, '../../src/api/generated');
  const packages = readApiPackages(checkouts);
  const resolver = new Resolver(packages);
  const types = join(output, 'types');
  mkdirSync(types, { recursive: true });
  for (const stale of readdirSync(types)) rmSync(join(types, stale));
  for (const pkg of packages) writeFileSync(join(types, `${pkg.key}.ts`), emitTypes(resolver, pkg));
  writeFileSync(join(output, 'refs.ts'), emitRefs(packages));
  writeFileSync(join(output, 'facts.ts'), emitFacts(resolver, packages));
  console.log(`${packages.length} packages`);
}

main(process.argv.slice(2));
