import { defineCommand } from '../core/command.ts';
import { filenameFlag, sessionFlags } from '../core/flag-groups.ts';
import { attachablePod, containerOf, type Pod, podBehind } from '../core/pods.ts';
import { select } from '../core/resources.ts';
import { CliError } from '../errors.ts';
import { runRemoteCommand } from '../stream/remote-command.ts';

export const execCommand = defineCommand({
  name: 'exec',
  usage: '(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]',
  summary: 'Execute a command in a container.',
  examples: [
    '% exec mypod -- date',
    '% exec mypod -i -t -- ls -t /usr',
    '% exec deploy/mydeployment -- date',
  ],
  flags: [filenameFlag, ...sessionFlags],
  run: async context => {
    const { flags, io, args } = context;
    const files = flags.list('filename');
    const at = files.length > 0 ? 0 : 1;
    if (args.length === 0 || context.dashAt === 0)
      if (files.length === 0) throw context.usageError('pod, type/name or --filename must be specified');
    const command = context.dashAt < 0 ? args.slice(at) : args.slice(context.dashAt);
    if (command.length === 0) throw new CliError('you must specify at least one command for the container');
    if (context.dashAt < 0)
      throw new CliError(
        `exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee '${context.commandPath} -h' for help and examples`,
      );
    const pod = await (files.length > 0 ? podOfFile() : attachablePod(context, args[0]!));
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed')
      throw new CliError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
    const tty = flags.bool('tty') && flags.bool('stdin') && io.stdin.isTerminal;
    if (flags.bool('tty') && flags.bool('stdin') && !io.stdin.isTerminal)
      context.error('Unable to use a TTY - input is not a terminal or the right kind of file\n');
    using raw = tty ? io.stdin.raw() : undefined;
    void raw;
    await runRemoteCommand(context, {
      pod: pod.metadata.name!,
      namespace: pod.metadata.namespace!,
      subresource: 'exec',
      container: containerOf(context, pod, flags.string('container'), flags.bool('quiet')),
      command,
      stdin: flags.bool('stdin') ? io.stdin.chunks() : undefined,
      tty,
      onStdout: data => io.stdout.write(data),
      onStderr: data => io.stderr.write(data),
    });

    async function podOfFile(): Promise<Pod> {
      const { infos } = await select(context, { args: [] });
      const [info, ...others] = infos;
      if (others.length > 0) throw new CliError('cannot exec into multiple objects at a time');
      return podBehind(context, info!);
    }
  },
});
