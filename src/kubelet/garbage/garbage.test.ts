import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Container, ContainerState, Image, Sandbox } from '../runtime.ts';
import { bytesToFree, collectable, notFreedText, sighted, sizeText, tooOld } from './images.ts';
import { remainsOf } from './remains.ts';

const GiB = 2 ** 30;

function image(id: string, more: Partial<Image> = {}): Image {
  return { id, repoTags: [id], repoDigests: [], sizeBytes: GiB, username: '', pinned: false, ...more };
}

describe('images', () => {
  const ids = (records: readonly { readonly image: Image }[]) => records.map(one => one.image.id).join(' ');
  const first = { images: [image('old'), image('used'), image('pinned', { pinned: true })], nowMs: 10_000 };
  const atStart = sighted(new Map(), { ...first, used: new Set(['used']) }, 0);
  const later = { images: [...first.images, image('new')], used: new Set<string>(), nowMs: 60_000 };
  const now = sighted(atStart, later, 60_000);

  test('go by their last use, unless they are in use, pinned or new', () => {
    assert.equal(ids(collectable(atStart, { minAgeMs: 0 }, 10_000)), 'old');
    assert.equal(ids(collectable(now, { minAgeMs: 5_000 }, 61_000)), 'old used');
    assert.equal(ids(collectable(now, { minAgeMs: 5_000 }, 65_000)), 'old new used');
  });

  test('are forgotten when they are gone', () => {
    const left = sighted(now, { images: [image('new')], used: new Set(), nowMs: 70_000 }, 70_000);
    assert.equal(ids([...left.values()]), 'new');
    assert.equal(left.get('new')!.detectedAtMs, 60_000);
  });

  test('grow too old once the kubelet has watched for so long', () => {
    const at = (nowMs: number, maxAgeMs: number) => ids(tooOld(now, { maxAgeMs }, { nowMs, sinceMs: 0 }));
    assert.equal(at(61_000, 0), '');
    assert.equal(at(61_000, 70_000), '');
    assert.equal(at(61_000, 51_500), 'old new');
    assert.equal(at(62_000, 51_500), 'old used new');
  });

  const policy = { highPercent: 85, lowPercent: 80, minAgeMs: 0, maxAgeMs: 0 };
  for (const [availableGiB, freeGiB] of [
    [15.9, 4.1],
    [16, 0],
    [15, 5],
    [0, 20],
    // A disk that claims to have more than it is.
    [101, 0],
  ] as const) {
    test(`of 100Gi with ${availableGiB}Gi left, ${freeGiB}Gi have to go`, () => {
      const space = { capacityBytes: 100 * GiB, availableBytes: availableGiB * GiB };
      assert.ok(Math.abs(bytesToFree(space, policy) - freeGiB * GiB) < 2);
    });
  }

  test('that were not enough are told of', () => {
    assert.equal(
      notFreedText({ capacityBytes: 10 * GiB, availableBytes: GiB }, 12),
      "Insufficient free disk space on the node's image filesystem (90% of 10.0 GiB used). " +
        'Failed to free sufficient space by deleting unused images (freed 12 bytes). ' +
        'Investigate disk usage, as it could be used by active images, logs, volumes, or other data.',
    );
    assert.deepEqual([1_023, 1_536, 5 * 2 ** 40].map(sizeText), ['1023 B', '1.5 KiB', '5.0 TiB']);
  });
});

describe('what is left of a pod', () => {
  const container = (text: string): Container => {
    const [name, attempt, state, sandboxId = 's0'] = text.split(' ') as [
      string,
      string,
      ContainerState,
      string,
    ];
    const id = `${name}${attempt}`;
    const rest = { image: '', imageId: '', createdAtMs: 0, labels: {}, annotations: {} };
    return { id, name, attempt: Number(attempt), state, sandboxId, ...rest };
  };
  const sandbox = (text: string): Sandbox => {
    const [id, attempt, state] = text.split(' ') as [string, string, Sandbox['state']];
    const metadata = { name: 'p', namespace: 'n', uid: 'u', attempt: Number(attempt) };
    return { id, metadata, state, createdAtMs: 0, labels: {}, annotations: {} };
  };

  for (const [what, containers, sandboxes, all, gone] of [
    ['the newest dead run is kept', ['a 0 EXITED', 'a 1 EXITED', 'a 2 RUNNING'], ['s0 0 READY'], false, 'a0'],
    ['of each container', ['a 0 EXITED', 'b 0 EXITED', 'b 1 EXITED'], ['s0 0 READY'], false, 'b0'],
    ['what is about to be started stays', ['a 0 EXITED', 'a 1 CREATED'], ['s0 0 READY'], false, ''],
    ['what never was, goes', ['a 0 CREATED', 'a 1 EXITED', 'a 2 RUNNING'], ['s0 0 READY'], false, 'a0'],
    [
      'an empty sandbox goes, unless it is the newest',
      ['a 1 RUNNING s1'],
      ['s0 0 NOTREADY', 's1 1 READY'],
      false,
      's0',
    ],
    [
      'a sandbox stays for the run that is kept of it',
      ['a 0 EXITED s0', 'a 1 RUNNING s1'],
      ['s0 0 NOTREADY', 's1 1 READY'],
      false,
      '',
    ],
    ['the newest sandbox stays', [], ['s0 0 NOTREADY'], false, ''],
    ['all goes of one that has ended', ['a 0 EXITED', 'b 0 EXITED'], ['s0 0 NOTREADY'], true, 'a0 b0 s0'],
  ] as const) {
    test(what, () => {
      const contents = { containers: containers.map(container), sandboxes: sandboxes.map(sandbox) };
      const remains = remainsOf(contents, all);
      assert.equal([...remains.containers, ...remains.sandboxes].map(({ id }) => id).join(' '), gone);
    });
  }
});
