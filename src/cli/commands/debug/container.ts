import type { Container, PodSpec } from '#api/generated/types/core.v1.ts';
import { loadSchemas } from '#api/schemas.ts';
import { randomSuffix } from '#base/random.ts';
import { applyStrategicMergePatch } from '#machinery/patch/strategic-merge-patch.ts';
import type { CliContext } from '../../core/context.ts';
import { parseDocuments } from '../../core/manifests.ts';
import type { Pod } from '../../core/pods.ts';
import { CliError } from '../../errors.ts';
import { commandFrom } from '../create/generator.ts';
import { type DebugStyle, profiled, profiles, type Profile } from './profiles.ts';

export type DebugContainer = Partial<Container> & { name: string; targetContainerName?: string };

/** What debugs an object; the container's name is empty where no debugging container was made. */
export type Started = { readonly pod: Pod; readonly container: string };

/** What the flags say of the container. */
export function containerFields(context: CliContext): Omit<DebugContainer, 'name'> {
  const { flags } = context;
  const words = commandFrom(context);
  const env = flags.list('env').map(text => {
    const at = text.indexOf('=');
    if (at <= 0) throw new CliError(`invalid env: ${text}`);
    return { name: text.slice(0, at), value: text.slice(at + 1) };
  });
  const pullPolicy = flags.string('image-pull-policy');
  return {
    ...(flags.string('image') ? { image: flags.string('image') } : {}),
    terminationMessagePolicy: 'File',
    ...(words.length > 0 ? { [flags.bool('arguments-only') ? 'args' : 'command']: words } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}),
    ...(flags.bool('stdin') ? { stdin: true } : {}),
    ...(flags.bool('tty') ? { tty: true } : {}),
  };
}

/** A name that the pod has not yet, which is told. */
export function freshName(context: CliContext, { spec }: Pod): string {
  const { io, flags } = context;
  const taken = [
    ...(spec?.containers ?? []),
    ...(spec?.initContainers ?? []),
    ...(spec?.ephemeralContainers ?? []),
  ];
  for (;;) {
    const name = `debugger-${randomSuffix(io.random)}`;
    if (taken.some(container => container.name === name)) continue;
    if (!flags.bool('quiet')) context.out(`Defaulting debug container name to ${name}.\n`);
    return name;
  }
}

export function profileOf({ flags }: CliContext): Profile {
  return profiles[flags.string('profile')]!;
}

/** The container as the profile and the user's own have it. */
export function finished(
  context: CliContext,
  container: DebugContainer,
  style: DebugStyle,
  custom: object | undefined,
): DebugContainer {
  return customized(profiled(container, profileOf(context), style), custom);
}

/** The container with the user's own profile merged into it. */
export function customized<T extends { name: string }>(container: T, custom: object | undefined): T {
  if (!custom) return container;
  const schema = loadSchemas().schemaOfKind('', 'v1', 'Pod')!;
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [container] } };
  const patch = { spec: { containers: [{ ...custom, name: container.name }] } };
  const merged = applyStrategicMergePatch(pod as never, patch, schema) as unknown as typeof pod;
  return merged.spec.containers[0] as T;
}

/** The partial container of --custom. */
export async function customProfile({ flags, io }: CliContext): Promise<object | undefined> {
  const path = flags.string('custom');
  if (path === '') return undefined;
  const [profile = {}] = parseDocuments(new TextDecoder().decode(await io.fs.read(path)), path);
  for (const field of ['name', 'command', 'image', 'lifecycle', 'volumeDevices'])
    if (Object.hasOwn(profile as object, field))
      throw new CliError(
        'name, command, image, lifecycle and volume devices are not modifiable via custom profile',
      );
  return profile as object;
}

/** A profile's capabilities are of no use to a user who is not root. */
export function warnOfUser(context: CliContext, container: DebugContainer | undefined, pod: Pod): void {
  const { runAsUser } = (pod.spec as unknown as PodSpec).securityContext ?? {};
  const own = container?.securityContext;
  if (!runAsUser || !own || own.runAsUser === 0) return;
  if (!own.privileged && !own.capabilities?.add?.length) return;
  context.error(
    'Warning: Non-root user is configured for the entire target Pod, and some capabilities granted by debug profile may not work. Please consider using "--custom" with a custom profile that specifies "securityContext.runAsUser: 0".\n',
  );
}
