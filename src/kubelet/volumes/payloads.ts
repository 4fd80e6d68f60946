import type { ConfigMap, DownwardAPIVolumeFile, Secret } from '#api/generated/types/core.v1.ts';
import { podFieldValue, resourceFieldValue } from '../config/downward.ts';
import { allContainers } from '../lifecycle/spec.ts';
import type { KeyToPath } from '../types.ts';
import type { PayloadFile } from './atomic-writer.ts';
import { type VolumeContext, VolumeError } from './plugin.ts';

export type MutablePayload = Map<string, PayloadFile>;

const encoder = new TextEncoder();

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), char => char.charCodeAt(0));
}

interface Selection {
  readonly items?: readonly KeyToPath[];
  readonly defaultMode: number;
  readonly optional?: boolean;
}

function select(
  into: MutablePayload,
  data: ReadonlyMap<string, Uint8Array>,
  { items, defaultMode, optional }: Selection,
  what: string,
): void {
  if (!items?.length) {
    for (const [key, bytes] of data) into.set(key, { data: bytes, mode: defaultMode });
    return;
  }
  for (const item of items) {
    const bytes = data.get(item.key);
    if (bytes) into.set(item.path, { data: bytes, mode: item.mode ?? defaultMode });
    else if (!optional) throw new VolumeError(`references non-existent ${what} key: ${item.key}`);
  }
}

/** Adds the keys of a ConfigMap, or those that are asked for. */
export function addConfigMap(
  into: MutablePayload,
  name: string,
  object: ConfigMap | undefined,
  selection: Selection,
): void {
  if (!object) {
    if (selection.optional) return;
    throw new VolumeError(`configmap "${name}" not found`);
  }
  const data = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(object.data ?? {})) data.set(key, encoder.encode(text));
  for (const [key, text] of Object.entries(object.binaryData ?? {})) data.set(key, fromBase64(text));
  select(into, data, selection, 'config');
}

/** Adds the keys of a Secret, or those that are asked for. */
export function addSecret(
  into: MutablePayload,
  name: string,
  object: Secret | undefined,
  selection: Selection,
): void {
  if (!object) {
    if (selection.optional) return;
    throw new VolumeError(`secret "${name}" not found`);
  }
  const data = new Map(Object.entries(object.data ?? {}).map(([key, text]) => [key, fromBase64(text)]));
  select(into, data, selection, 'secret');
}

/** Adds files with fields of the pod. */
export function addDownward(
  into: MutablePayload,
  context: VolumeContext,
  items: readonly DownwardAPIVolumeFile[],
  defaultMode: number,
): void {
  const { pod, downward } = context;
  for (const { path, fieldRef, resourceFieldRef, mode } of items) {
    let text: string | undefined = '';
    if (fieldRef) text = podFieldValue(pod, fieldRef.fieldPath, downward);
    else if (resourceFieldRef) {
      const container = allContainers(pod).find(c => c.name === resourceFieldRef.containerName);
      if (!container) throw new VolumeError(`container ${resourceFieldRef.containerName} not found`);
      text = resourceFieldValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, downward);
    }
    if (text === undefined) throw new VolumeError(`unsupported fieldPath: ${fieldRef?.fieldPath}`);
    into.set(path, { data: encoder.encode(text), mode: mode ?? defaultMode });
  }
}
