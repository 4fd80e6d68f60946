import { CliError } from '../../errors.ts';
import { commandFrom, defineGenerator } from './generator.ts';

export const createDeployment = defineGenerator({
  name: 'deployment',
  aliases: ['deploy'],
  usage: 'NAME --image=image -- [COMMAND] [args...]',
  summary: 'Create a deployment with the specified name.',
  failure: 'failed to create deployment:',
  required: ['image'],
  flags: [
    { name: 'image', type: 'list', help: 'Image names to run.' },
    { name: 'port', type: 'int', default: -1, help: 'The containerPort that this deployment exposes.' },
    { name: 'replicas', short: 'r', type: 'int', default: 1, help: 'Number of replicas to create.' },
  ],
  build: (context, name) => {
    const images = context.flags.list('image');
    const command = commandFrom(context);
    if (images.length > 1 && command.length > 0)
      throw new CliError('cannot specify multiple --image options and command');
    const port = context.flags.int('port');
    const labels = { app: name };
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name, labels },
      spec: {
        replicas: context.flags.int('replicas'),
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: images.map(image => ({
              name: containerName(image),
              image,
              ...(command.length > 0 ? { command } : {}),
              ...(port >= 0 ? { ports: [{ containerPort: port }] } : {}),
              resources: {},
            })),
          },
        },
        strategy: {},
      },
      status: {},
    };
  },
});

/** The last part of the image's name, without tag and digest, as a container may be called. */
export function containerName(image: string): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  const bare = last.split('@')[0]!.split(':')[0]!;
  return bare
    .toLowerCase()
    .replaceAll('_', '-')
    .replace(/[^-a-z0-9]/g, '');
}
