import assert from 'node:assert/strict';
import { row } from '../row.ts';

export const architectureRows = [
  row('Conformance Tests should have at least two untainted nodes', async t => {
    const nodes = (await t.api.nodes.list()).items;
    const open = nodes.filter(
      node =>
        !node.spec?.unschedulable &&
        !node.spec?.taints?.length &&
        node.status?.conditions?.some(c => c.type === 'Ready' && c.status === 'True'),
    );
    assert.ok(open.length >= 2, `${open.length} untainted nodes`);
  }),
];
