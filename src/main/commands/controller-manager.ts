import { familiesOf } from '#base/metric-families.ts';
import { type CliContext, CliError, defineCommand } from '#cli/index.ts';
import { componentFlags, electionOf, rateOf, runComponent } from '../component.ts';

const rate = { qps: 20, burst: 30 };

export const controllerManagerCommand = defineCommand({
  name: 'controller-manager',
  summary: 'Run the controllers alone, for any cluster that a kubeconfig reaches.',
  details:
    'Of several, the one that holds the lease kube-system/kube-controller-manager works; the others wait to take over.\n' +
    'It takes the flags of kube-controller-manager that follow. What needs a key runs only where it is given: signing\n' +
    "certificates, and the tokens of Secrets. The CA that pods are told of is the kubeconfig's, unless a file says otherwise.",
  examples: [
    '% controller-manager --kubeconfig controller-manager.conf',
    "% controller-manager --kubeconfig controller-manager.conf --controllers '*,-cronjob-controller'",
  ],
  flags: [
    {
      name: 'controllers',
      type: 'list',
      help: "Those to run: '*' is all that are on by default (and the default), 'foo' is on, '-foo' is off.",
    },
    {
      name: 'root-ca-file',
      type: 'string',
      help: 'PEM of the CA that pods and tokens are told to trust the API server by.',
    },
    {
      name: 'service-account-private-key-file',
      type: 'string',
      help: 'PEM of the key that signs the tokens of Secrets.',
    },
    {
      name: 'cluster-signing-cert-file',
      type: 'string',
      help: 'PEM of the CA that signs certificate requests.',
    },
    { name: 'cluster-signing-key-file', type: 'string', help: 'PEM of its key.' },
    ...componentFlags({ resourceName: 'kube-controller-manager', port: 10_257, rate }),
  ],
  run: runControllerManager,
});

async function runControllerManager(context: CliContext): Promise<number> {
  const [{ createManager }, { QueueMetrics }, { controllerManagerConfigz }, controllers] = await Promise.all([
    import('#runtime/manager.ts'),
    import('#runtime/queue-metrics.ts'),
    import('../configz.ts'),
    controllersOf(context),
  ]);
  const inForce = { election: electionOf(context.flags), rate: rateOf(context.flags, rate) };
  return runComponent({
    name: 'kube-controller-manager',
    context,
    ...inForce,
    configz: controllerManagerConfigz(wantedControllers(context), inForce),
    make: parts => {
      for (const name of controllers.missing) {
        parts.log.warn('there is no such controller here', { controller: name });
      }
      const queueMetrics = new QueueMetrics(parts.clock);
      // As upstream: none waits for the requests of another.
      const clientFor = () => parts.newClient();
      const manager = createManager({ ...parts, clientFor, queueMetrics, controllers: controllers.enabled });
      return {
        metrics: familiesOf(queueMetrics.families, manager.metrics),
        start: () => manager.start(),
        [Symbol.asyncDispose]: () => manager.stop(),
      };
    },
  });
}

function wantedControllers({ flags }: CliContext): readonly string[] {
  return flags.changed('controllers') ? flags.list('controllers') : ['*'];
}

/** The controllers that the flags ask for, and whose keys there are. */
async function controllersOf(context: CliContext) {
  const [
    { builtInControllers },
    { clusterAuthority },
    { SecretTokens },
    { TokenMetrics },
    names,
    { systemClock },
  ] = await Promise.all([
    import('#controllers/registry.ts'),
    import('#apiserver/pki/authority.ts'),
    import('#apiserver/auth/authn/secret-tokens.ts'),
    import('#apiserver/auth/token-metrics.ts'),
    import('../controller-names.ts'),
    import('../system.ts'),
  ]);
  const file = async (flag: string) => {
    const path = context.flags.string(flag);
    return path ? new TextDecoder().decode(await context.io.fs.read(path)) : '';
  };
  const rootCa = (await file('root-ca-file')) || ((await context.target()).certificateAuthority ?? '');
  const tokenKey = await file('service-account-private-key-file');
  const signing = {
    'ca.crt': await file('cluster-signing-cert-file'),
    'ca.key': await file('cluster-signing-key-file'),
  };
  const tokens = tokenKey
    ? new SecretTokens({
        key: tokenKey,
        audiences: [],
        objects: { get: () => undefined },
        metrics: new TokenMetrics(systemClock),
      })
    : undefined;
  const keyless = [
    ...(tokens ? [] : ['serviceaccount-token']),
    ...(signing['ca.crt'] && signing['ca.key'] ? [] : ['csrsigning']),
  ];
  const all = builtInControllers({
    rootCa,
    issueSecretToken: token => tokens!.issue(token),
    authority: clusterAuthority(() => signing, systemClock),
  });
  const list = wantedControllers(context);
  try {
    const { enabled, missing } = names.selectControllers(all, list);
    return { enabled: enabled.filter(({ name }) => !keyless.includes(name)), missing };
  } catch (error) {
    if (error instanceof names.UnknownControllerError) throw new CliError(`error: ${error.message}`);
    throw error;
  }
}
