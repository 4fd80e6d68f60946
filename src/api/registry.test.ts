import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ResourceDefinition } from './definition.ts';
import { builtInResources } from './registry.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Every file that defines a kind: group/kind.ts, or group/kind/definition.ts. */
function definitionFiles(): string[] {
  const groups = readdirSync(here, { withFileTypes: true }).filter(
    e => e.isDirectory() && e.name !== 'generated',
  );
  return groups.flatMap(group =>
    readdirSync(`${here}${group.name}`, { withFileTypes: true }).flatMap(entry => {
      const path = `${group.name}/${entry.name}`;
      if (entry.isDirectory())
        return existsSync(`${here}${path}/definition.ts`) ? [`${path}/definition.ts`] : [];
      return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : [];
    }),
  );
}

test('the registry lists every definition on the disk, in order', async () => {
  const onDisk: ResourceDefinition[] = [];
  for (const file of definitionFiles().sort()) {
    const exported: Record<string, unknown> = await import(`./${file}`);
    const name = Object.keys(exported).find(key => key.endsWith('Resource'));
    assert.ok(name, `${file} exports no …Resource`);
    onDisk.push(exported[name] as ResourceDefinition);
  }
  assert.deepEqual(
    builtInResources.map(d => `${d.group}/${d.resource}`),
    onDisk.map(d => `${d.group}/${d.resource}`),
  );
});

test('the registry holds one sorted line a kind', () => {
  const source = readFileSync(`${here}registry.ts`, 'utf8');
  const paths = [...source.matchAll(/from '\.\/(\S+?)'/g)].map(match => match[1]!);
  assert.deepEqual(paths, [...paths].sort());
});

test('no two definitions claim a path, a kind or a short name in a group', () => {
  const seen = new Set<string>();
  for (const { group, resource, kind, shortNames = [], singular } of builtInResources) {
    for (const name of new Set([resource, singular, ...shortNames, `kind ${kind}`])) {
      const claim = `${group}/${name}`;
      assert.ok(!seen.has(claim), `${claim} is claimed twice`);
      seen.add(claim);
    }
  }
});

test('columns and rows come together, and a bare object has a cell for each column', () => {
  for (const { kind, columns, row, versions, group } of builtInResources) {
    assert.equal(columns === undefined, row === undefined, kind);
    if (!columns || !row) continue;
    const bare = { apiVersion: `${group}/${versions[0]!.version}`, kind, metadata: { name: 'x' } };
    const required = { spec: { source: {}, pool: {} }, roleRef: {} };
    const cells = row({ ...bare, ...required } as never, 0);
    // Upstream gives an IPAddress an age without a column for it.
    assert.equal(
      cells.length,
      columns.length + (kind === 'IPAddress' ? 1 : 0),
      `${kind}: ${JSON.stringify(cells)}`,
    );
  }
});
