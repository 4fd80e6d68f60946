import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { VolumeAttachment } from '../generated/types/storage.v1.ts';
import { testContext } from '../testing.ts';
import { volumeAttachmentResource } from './volume-attachment.ts';

const attachment = (message: string, metadata: Record<string, string> = {}): VolumeAttachment => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: { name: 'a' },
  spec: { attacher: 'x.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } },
  status: { attached: false, attachError: { message }, attachmentMetadata: metadata },
});
const errorsOf = (object: VolumeAttachment) =>
  volumeAttachmentResource.strategy.validateStatusUpdate!(object, attachment(''), testContext()).map(
    fieldErrorText,
  );

test('what is reported of an attachment is short', () => {
  assert.deepEqual(errorsOf(attachment('a'.repeat(1024))), []);
  assert.deepEqual(errorsOf(attachment('a'.repeat(1025), { key: 'a'.repeat(256 * 1024) })), [
    'status.attachmentMetadata: Too long: may not be more than 262144 bytes',
    'status.attachError.message: Too long: may not be more than 1024 bytes',
  ]);
  const failed = attachment('');
  failed.status!.attachError!.errorCode = -1;
  assert.deepEqual(errorsOf(failed), [
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ]);
});
