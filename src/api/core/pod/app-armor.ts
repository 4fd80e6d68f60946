import { deepEqual } from '#base/equal.ts';
import type { AppArmorProfile, Container, Pod } from '../../generated/types/core.v1.ts';

export const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const localhost = 'localhost/';

/** The field that says what an annotation of the days before it says; undefined: none does. */
function profileOf(annotation: string): AppArmorProfile | undefined {
  if (annotation === 'unconfined') return { type: 'Unconfined' };
  if (annotation === 'runtime/default') return { type: 'RuntimeDefault' };
  const local = annotation.startsWith(localhost) ? annotation.slice(localhost.length) : '';
  if (local === '' || local !== local.trim()) return undefined;
  return { type: 'Localhost', localhostProfile: local };
}

/** A new pod's annotations about AppArmor profiles become the fields that took their place (KEP-24). */
export function profilesFromAnnotations({ metadata, spec }: Pod, warn: (message: string) => void): void {
  const annotations = metadata.annotations;
  if (!annotations || !spec || spec.os?.name === 'windows') return;
  if (!Object.keys(annotations).some(key => key.startsWith(appArmorPrefix))) return;
  const ofPod = spec.securityContext?.appArmorProfile;
  const ephemeral = (spec.ephemeralContainers ?? []) as Container[];
  for (const container of [...(spec.initContainers ?? []), ...spec.containers, ...ephemeral]) {
    const key = appArmorPrefix + container.name;
    const annotation = annotations[key];
    if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
    const profile = profileOf(annotation);
    if (profile && ofPod && deepEqual(profile, ofPod)) continue;
    if (profile) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(`metadata.annotations[${key}]: deprecated since v1.30; use the "appArmorProfile" field instead`);
  }
}
