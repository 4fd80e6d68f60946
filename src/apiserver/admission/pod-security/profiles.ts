import type { Container, PodSpec } from '#api/generated/types/core.v1.ts';
import {
  type Evaluate,
  type Subject,
  containerNames,
  plural,
  quoteAll,
  setters,
  sortedSet,
} from './check.ts';

/** The rules about seccomp, AppArmor and SELinux profiles. */

const seccompTypes = ['RuntimeDefault', 'Localhost'];
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';

function seccompOf(part: Container | PodSpec): string | undefined {
  return part.securityContext?.seccompProfile?.type;
}

function isBadSeccomp(part: Container | PodSpec): boolean {
  const type = seccompOf(part);
  return type !== undefined && !seccompTypes.includes(type);
}

/** v1.0 to v1.18: profiles were annotations. */
export const seccompAnnotations: Evaluate = ({ metadata: { annotations = {} }, containers }) => {
  const keys = [seccompPod, ...containers.map(({ name }) => seccompContainer + name)];
  const forbidden = sortedSet(
    keys
      .filter(
        key =>
          annotations[key] !== undefined &&
          !/^(runtime\/default|docker\/default|localhost\/.*)$/s.test(annotations[key]!),
      )
      .map(key => `${key}=${JSON.stringify(annotations[key])}`),
  );
  if (forbidden.length === 0) return undefined;
  const detail = `forbidden ${plural(forbidden.length, 'annotation')} ${forbidden.join(', ')}`;
  return { reason: 'seccompProfile', detail };
};

export const seccompBaseline: Evaluate = ({ spec, containers }) => {
  const bad = containers.filter(isBadSeccomp);
  const badPod = isBadSeccomp(spec);
  if (!badPod && bad.length === 0) return undefined;
  const values = sortedSet([...(badPod ? [spec] : []), ...bad].map(part => seccompOf(part)!));
  const detail = `${setters(badPod, bad)} must not set securityContext.seccompProfile.type to ${quoteAll(values)}`;
  return { reason: 'seccompProfile', detail };
};

export const seccompRestricted: Evaluate = pod => {
  const explicit = seccompBaseline(pod);
  if (explicit) return explicit;
  if (seccompOf(pod.spec) !== undefined) return undefined;
  const without = pod.containers.filter(container => seccompOf(container) === undefined);
  if (without.length === 0) return undefined;
  const detail = `pod or ${containerNames(without)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: 'seccompProfile', detail };
};

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

function isBadAppArmor(part: Container | PodSpec): boolean {
  const type = part.securityContext?.appArmorProfile?.type;
  return type !== undefined && type !== 'RuntimeDefault' && type !== 'Localhost';
}

export const appArmor: Evaluate = ({ metadata, spec, containers }: Subject) => {
  const badPod = isBadAppArmor(spec);
  const bad = containers.filter(isBadAppArmor);
  const types = [...(badPod ? [spec] : []), ...bad].map(part => part.securityContext!.appArmorProfile!.type!);
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(
      ([key, value]) => key.startsWith(appArmorPrefix) && !/^(|runtime\/default|localhost\/.*)$/s.test(value),
    )
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const values = [...sortedSet(types), ...annotations];
  if (values.length === 0) return undefined;
  const who = [setters(badPod, bad), annotations.length > 0 ? plural(annotations.length, 'annotation') : '']
    .filter(text => text !== '')
    .join(' and ');
  return {
    reason: plural(values.length, 'forbidden AppArmor profile'),
    detail: `${who} must not set AppArmor profile type to ${quoteAll(values)}`,
  };
};

/** `types` are those that a container may have. */
export function seLinux(types: readonly string[]): Evaluate {
  const isBad = ({ securityContext }: Container | PodSpec) => {
    const { type = '', user, role } = securityContext?.seLinuxOptions ?? {};
    return !types.includes(type) || Boolean(user) || Boolean(role);
  };
  return ({ spec, containers }) => {
    const badPod = isBad(spec);
    const bad = containers.filter(isBad);
    const options = [...(badPod ? [spec] : []), ...bad].map(part => part.securityContext!.seLinuxOptions!);
    if (options.length === 0) return undefined;
    const badTypes = sortedSet(options.map(({ type = '' }) => type).filter(type => !types.includes(type)));
    const data = [
      ...(badTypes.length > 0 ? [`${plural(badTypes.length, 'type')} ${quoteAll(badTypes)}`] : []),
      ...(options.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(options.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    return {
      reason: 'seLinuxOptions',
      detail: `${setters(badPod, bad)} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`,
    };
  };
}
