import { addDownward, type MutablePayload } from '../payloads.ts';
import type { VolumePlugin } from '../plugin.ts';
import { writePayload } from '../write-payload.ts';

export const downwardApiVolumes: VolumePlugin = {
  name: 'kubernetes.io/downward-api',
  live: true,
  readOnly: () => true,
  supports: volume => volume.downwardAPI !== undefined,
  async setUp(context) {
    const { items = [], defaultMode = 0o644 } = context.volume.downwardAPI!;
    const payload: MutablePayload = new Map();
    addDownward(payload, context, items, defaultMode);
    return writePayload(context, payload, { tmpfs: true });
  },
};
