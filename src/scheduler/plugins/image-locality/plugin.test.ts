import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../../framework/plugin.ts';
import { NodeInfo } from '../../framework/node-info.ts';
import { podInfo } from '../../framework/pod-info.ts';
import { nodeOf, podOf } from '../../scenario.ts';
import { imageLocality } from './plugin.ts';

test('images of volumes count as those of containers do, but raise no threshold', () => {
  const node = new NodeInfo('n');
  node.setNode(nodeOf('n', { images: `data:${512 * 1024 * 1024}` }));
  const snapshot = { nodes: [node], imageNodeCount: (image: string) => (node.images.has(image) ? 1 : 0) };
  const score = (image: string, volume?: string) => {
    const pod = podOf('p', { image });
    if (volume) pod.spec!.volumes = [{ name: 'v', image: { reference: volume } }];
    const scorer = imageLocality().preScore?.(podInfo(pod), [], snapshot as unknown as Snapshot);
    return scorer?.score(node);
  };
  assert.equal(score('other'), undefined);
  assert.equal(score('data'), 50);
  assert.equal(score('other', 'data'), 50);
  assert.equal(score('data', 'data:latest'), 100);
});
