import assert from 'node:assert/strict';
import type { V1Volume } from '@kubernetes/client-node';
import { containerRow, logs, phase, script } from '../containers/programs.ts';
import type { Row } from '../row.ts';
import type { Trial } from '../trial.ts';

const configMapVolume: V1Volume = { name: 'v', configMap: { name: 'object' } };

/** Of each the file key, which says content. */
const volumes: Readonly<Record<string, V1Volume>> = {
  configmap: configMapVolume,
  secret: { name: 'v', secret: { secretName: 'object' } },
  projected: { name: 'v', projected: { sources: [{ configMap: { name: 'object' } }] } },
  downward: {
    name: 'v',
    downwardAPI: { items: [{ path: 'key', fieldRef: { fieldPath: "metadata.labels['content']" } }] },
  },
};

async function reads(t: Trial, volume: V1Volume, mountPath: string): Promise<void> {
  await t.api.configMaps.create({ metadata: { name: 'object' }, data: { key: 'content' } });
  const key = Buffer.from('content').toString('base64');
  await t.api.secrets.create({ metadata: { name: 'object' }, data: { key } });
  const spec = script(
    `for i in 1 2 3 4 5; do cat ${mountPath}; sleep 0.2; done`,
    { volumeMounts: [{ name: 'v', mountPath, subPath: 'key' }] },
    { volumes: [volume] },
  );
  await t.api.pods.create({ metadata: { name: 'p', labels: { content: 'content' } }, spec });
  await phase(t, 'p', 'Succeeded');
  assert.equal(await logs(t, 'p'), 'content'.repeat(5));
}

export const subPathRows: readonly Row[] = [
  ...Object.entries(volumes).map(([name, volume]) =>
    containerRow(`Subpath Atomic writer volumes should support subpaths with ${name} pod`, t =>
      reads(t, volume, '/test-volume/file'),
    ),
  ),
  containerRow(
    'Subpath Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file',
    t => reads(t, configMapVolume, '/etc/passwd'),
  ),
];
