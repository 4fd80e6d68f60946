import assert from 'node:assert/strict';
import test from 'node:test';
import { fieldErrorText } from '#machinery/field.ts';
import type { VolumeAttachment } from '../generated/types/storage.v1.ts';
import { createErrors, testContext, updateErrors } from '../testing.ts';
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
    'status.attachError.message: Too long: may not be more than 262144 bytes',
  ]);
  const failed = attachment('');
  failed.status!.attachError!.errorCode = -1;
  assert.deepEqual(errorsOf(failed), [
    'status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive',
  ]);
});

test('what is to be attached never changes, and each name is looked at every time', () => {
  const other = attachment('');
  other.spec.source = { persistentVolumeName: 'W' };
  const name = /^spec\.source\.persistentVolumeName: Invalid value: "W": a lowercase RFC 1123 subdomain/;
  assert.match(createErrors(volumeAttachmentResource, other)[0]!, name);
  const [first, second] = updateErrors(volumeAttachmentResource, attachment(''), other);
  assert.match(first!, name);
  assert.equal(
    second,
    'spec: Invalid value: {"Attacher":"x.example.com","Source":{"PersistentVolumeName":"W","InlineVolumeSpec":null},"NodeName":"n"}: field is immutable',
  );
  other.spec = { attacher: '', nodeName: 'n', source: { persistentVolumeName: 'w' } };
  assert.deepEqual(createErrors(volumeAttachmentResource, other), ['spec.attacher: Required value']);
});

test('a volume that is told in place has a driver, and nothing that an object would have', () => {
  const inline = attachment('');
  inline.spec.source = {
    inlineVolumeSpec: { accessModes: ['ReadWriteOnce'], csi: { driver: 'x.example.com', volumeHandle: 'h' } },
  };
  assert.deepEqual(createErrors(volumeAttachmentResource, inline), []);
  inline.spec.source = {
    inlineVolumeSpec: {
      capacity: { storage: '1Gi' },
      claimRef: { name: 'c', namespace: 'default' },
      hostPath: { path: '/srv' },
      nodeAffinity: {},
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: 's',
      volumeMode: 'Block',
    },
  };
  const context = 'in the context of inline volumes';
  const at = 'spec.source.inlineVolumeSpec';
  assert.deepEqual(createErrors(volumeAttachmentResource, inline), [
    `${at}.claimRef: Forbidden: may not be specified ${context}`,
    `${at}.capacity: Forbidden: may not be specified ${context}`,
    `${at}.csi: Required value: has to be specified ${context}`,
    `${at}.accessModes: Required value`,
    `${at}.persistentVolumeReclaimPolicy: Forbidden: may only be Retain ${context}`,
    `${at}.nodeAffinity: Forbidden: may not be specified ${context}`,
    `${at}.storageClassName: Forbidden: may not be specified ${context}`,
    `${at}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem ${context}`,
  ]);
});
