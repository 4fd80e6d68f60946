import { addSecret, type MutablePayload } from '../payloads.ts';
import type { VolumePlugin } from '../plugin.ts';
import { writePayload } from '../write-payload.ts';

export const secretVolumes: VolumePlugin = {
  name: 'kubernetes.io/secret',
  live: true,
  readOnly: () => true,
  supports: volume => volume.secret !== undefined,
  async setUp(context) {
    const { secretName = '', items, optional, defaultMode = 0o644 } = context.volume.secret!;
    const payload: MutablePayload = new Map();
    const object = await context.sources.secret(context.pod, secretName);
    addSecret(payload, secretName, object, {
      defaultMode,
      ...(items && { items }),
      ...(optional && { optional }),
    });
    return writePayload(context, payload, { tmpfs: true });
  },
};
