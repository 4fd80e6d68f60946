import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noAuthority } from '#controllers/shared/certificate-requests.ts';
import { builtInControllers } from '#controllers/registry.ts';
import { stories } from './registry.ts';

test('every controller has a story, and every story has controllers that there are', () => {
  const names = builtInControllers({ rootCa: '', authority: noAuthority, issueSecretToken: () => '' }).map(
    controller => controller.name,
  );
  const told = stories.flatMap(story => story.controllers);
  assert.deepEqual([...new Set(told)].sort(), names.toSorted());
});

test('stories are sorted, and each name is one story', () => {
  const names = stories.map(story => story.name);
  assert.deepEqual(names, [...new Set(names)].toSorted());
});
