import { authenticationSchema, secretReference } from '@prelector/dicomweb';
import { outcomes } from '@prelector/findings';
import { z } from 'zod';
import { feedProblems, nodeProblems } from './site-problems.js';
import type { SiteProblem } from './site-problems.js';

const name = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,62}$/u,
    'lower-case letters, digits, dot, hyphen and underscore, starting with a letter or digit',
  );

const timeZone = z.string().refine((zone) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}, 'an IANA time zone such as Europe/Zurich');

const httpUrl = z.url({ protocol: /^https?$/u });

const completenessSchema = z.strictObject({
  /** Seconds without any change after which a study counts as complete. */
  settleSeconds: z.number().min(0).default(60),
  /** The same once an order said that acquisition has ended. */
  settleSecondsAfterAcquisition: z.number().min(0).default(20),
  /** Fewest images that are worth going on with. */
  minimumInstances: z.number().int().min(1).default(1),
  /** After so many seconds Prelector goes on with what is there and says so, or gives up where it is too little. */
  maximumWaitSeconds: z.number().min(1).default(3600),
  /** What images after completion do: `rerun` reopens the study, `ignore` only records them. */
  lateImages: z.enum(['rerun', 'ignore']).default('rerun'),
});

const pollSchema = z.strictObject({
  enabled: z.boolean().default(true),
  /** Seconds between polls. */
  everySeconds: z.number().min(1).default(60),
  /** How far back of now the StudyDate window starts; it always covers yesterday, for studies past midnight. */
  windowHours: z
    .number()
    .min(1)
    .max(24 * 31)
    .default(24),
  /** Polls only for studies with one of these; every one when empty. */
  modalities: z.array(z.string().regex(/^[A-Z0-9_]{1,16}$/u)).default([]),
  /** The slow backward sweep for studies that appear late. */
  sweep: z
    .strictObject({
      /** How many days back; 0 turns the sweep off. */
      days: z.number().int().min(0).max(366).default(7),
      everyHours: z.number().min(1).default(24),
    })
    .prefault({}),
});

const refusalsSchema = z.strictObject({
  /** A form of evidence that the server refused is sent again after so many hours; 0: each time. */
  tryAgainAfterHours: z
    .number()
    .min(0)
    .max(24 * 366)
    .default(24),
});

/** A PACS node as a site configures it. */
export const nodeSchema = z
  .strictObject({
    name,
    /** The compatibility profile of the server. */
    profile: z.string().min(1),
    /** Single members of the profile, changed for this node. */
    overrides: z.record(z.string(), z.unknown()).default({}),
    roots: z.strictObject({
      /** DICOMweb root of the server. */
      base: httpUrl,
      /** Roots of single services, where they differ. */
      qido: httpUrl.optional(),
      wado: httpUrl.optional(),
      stow: httpUrl.optional(),
    }),
    /** Allows plain HTTP, which anyone on the way can read and change. */
    allowHttp: z.boolean().default(false),
    /** `test` prints measurements outside their conditions, marked as such; `clinical`, or nothing, withholds them. */
    purpose: z.enum(['test', 'clinical']).optional(),
    auth: authenticationSchema.default({ kind: 'none' }),
    /** Credentials for storing, where they differ from those for reading. */
    storeAuth: authenticationSchema.optional(),
    tls: z
      .strictObject({
        /** The certificate authority of the server, where it is a private one: PEM text, or a reference to it. */
        ca: z.string().min(1).optional(),
        /** Our own certificate, where the server asks for one: PEM text, or a reference to it. */
        cert: z.string().min(1).optional(),
        /** Its key, PEM. */
        key: secretReference.optional(),
      })
      .optional(),
    /** IANA time zone of the archive, where it is not the site's. */
    timeZone: timeZone.optional(),
    /** Stands in where the archive states no issuer of a Patient ID. */
    issuerOfPatientId: z.string().min(1).max(64).optional(),
    completeness: completenessSchema.prefault({}),
    poll: pollSchema.prefault({}),
    refusals: refusalsSchema.prefault({}),
  })
  .refine(
    (node) =>
      node.allowHttp ||
      Object.values(node.roots).every((url) => url === undefined || url.startsWith('https:')),
    {
      error: 'plain http needs allowHttp: true on this node',
      path: ['roots'],
    },
  );
export type NodeConfiguration = z.infer<typeof nodeSchema>;

/** An HL7 sender as a site configures it. */
export const feedSchema = z.strictObject({
  name,
  /** Address to listen on. */
  host: z.string().default('127.0.0.1'),
  port: z.number().int().min(0).max(65535),
  tls: z
    .strictObject({
      /** Name of a PEM file. */
      cert: z.string(),
      /** Its key, PEM. */
      key: secretReference,
      /** Name of a PEM file: who may have signed the certificates of senders. */
      ca: z.string().optional(),
      /** Asks the sender for its certificate, and turns it away without one. */
      requestClientCertificate: z.boolean().default(false),
    })
    .optional(),
  /** Addresses or CIDR ranges that may connect; required when the host is not loopback. */
  allowedPeers: z.array(z.string()).default([]),
  /** MSH-3 of the sender; a message with another one is refused. */
  sendingApplication: z.string().optional(),
  /** MSH-4 of the sender; a message with another one is refused. */
  sendingFacility: z.string().optional(),
  /** What a message without MSH-18 is written in, such as `8859/1`. */
  characterSet: z.string().optional(),
  /** Nothing is read by it yet. */
  timeZone: timeZone.optional(),
  /** Stands in where a message states no authority of a patient id; order numbers are known within it. */
  assigningAuthority: z.string().optional(),
  /** The PACS nodes it speaks for: what its orders say counts for the studies there. */
  nodes: z.array(name).min(1),
  /** Changes to the default mapping. */
  mapping: z.record(z.string(), z.unknown()).default({}),
  /** The answer to a well-formed message of no use to the mapping, or with an order that cannot be used (the others count). */
  unusable: z.enum(['AA', 'AR']).default('AA'),
  /**
   * The answer to a batch (FHS or BHS): `batch` answers with a batch of acknowledgements, `each` with one
   * acknowledgement for each message, `refuse` with one AR for all.
   */
  batches: z.enum(['batch', 'each', 'refuse']).default('batch'),
  /** What an empty MSH-11 means: production, training, or that the message is refused. */
  emptyProcessingId: z.enum(['P', 'T', 'refuse']).default('P'),
  resolve: z
    .strictObject({
      /** Seconds until the study of an order is looked for again, at first; then ever more seldom. */
      everySeconds: z.number().min(1).default(30),
      /** After so many hours an order counts as never arrived, and that is shown. */
      giveUpAfterHours: z.number().min(0.001).default(24),
    })
    .prefault({}),
});
export type FeedConfiguration = z.infer<typeof feedSchema>;

/** Which runs are made and where evidence goes. */
export const ruleSchema = z.strictObject({
  name,
  /** The PACS nodes whose studies it looks at. Of a study on several of them, one that lacks images of another that the model reads is not analysed. */
  source: z.array(name).min(1),
  /** Id of the model package. */
  model: z.string().min(1),
  /** PACS nodes that receive evidence; the study's own when empty. */
  destinations: z.array(name).default([]),
  /** `off` runs nothing, `shadow` keeps findings and sends nothing, `on` sends. */
  state: z.enum(['off', 'shadow', 'on']).default('shadow'),
  /** Required to turn a rule on: recorded with who and when. */
  why: z.string().optional(),
  conditions: z
    .strictObject({
      /** Any of these modalities; every one when empty. */
      modalities: z.array(z.string()).default([]),
      /** Any of these codes, from the order or the study; every one when empty. */
      procedureCodes: z.array(z.string()).default([]),
      /** Patterns for the whole Study Description (`*` any run of characters, `?` one), any of which must match. */
      studyDescription: z.array(z.string().max(64)).default([]),
    })
    .prefault({}),
  /** No model takes settings yet; other ones make another run. */
  settings: z.record(z.string(), z.unknown()).default({}),
  late: z
    .strictObject({
      /** When a preliminary report was there first. */
      preliminary: z.enum(['send', 'keep']).default('send'),
      /** When the signed report was there first. */
      final: z.enum(['send', 'keep']).default('keep'),
      /** When every order of the study was cancelled. */
      cancelled: z.enum(['send', 'keep']).default('keep'),
    })
    .prefault({}),
  /** Outcomes of a run that are reported. */
  report: z.array(z.enum(outcomes)).default(['positive', 'negative', 'measured', 'incomplete-input']),
  /** Whether one of name, birth date and sex that differs between order and archive holds the study; else it is a warning. Another name and birth date hold it always. */
  holdOnDemographics: z.boolean().default(false),
});
export type RuleConfiguration = z.infer<typeof ruleSchema>;

function unique(items: readonly { name: string }[]): boolean {
  return new Set(items.map((item) => item.name)).size === items.length;
}

/** What `prelector apply -f site.yaml` takes. */
export const siteSchema = z
  .strictObject({
    nodes: z.array(nodeSchema).default([]).refine(unique, 'two nodes have the same name'),
    feeds: z.array(feedSchema).default([]).refine(unique, 'two feeds have the same name'),
    rules: z.array(ruleSchema).default([]).refine(unique, 'two rules have the same name'),
  })
  .superRefine((site, context) => {
    const known = new Set(site.nodes.map((node) => node.name));
    const check = (names: readonly string[], path: (string | number)[]) =>
      names.forEach((each, index) => {
        if (!known.has(each))
          context.addIssue({ code: 'custom', path: [...path, index], message: `no node is named "${each}"` });
      });
    const report = (problems: readonly SiteProblem[], path: PropertyKey[]) =>
      problems.forEach((problem) =>
        context.addIssue({ code: 'custom', path: [...path, ...problem.path], message: problem.message }),
      );
    site.nodes.forEach((node, index) => report(nodeProblems(node), ['nodes', index]));
    site.feeds.forEach((feed, index) => report(feedProblems(feed), ['feeds', index]));
    site.feeds.forEach((feed, index) => check(feed.nodes, ['feeds', index, 'nodes']));
    site.rules.forEach((rule, index) => {
      check(rule.source, ['rules', index, 'source']);
      check(rule.destinations, ['rules', index, 'destinations']);
      if (rule.state === 'on' && !rule.why) {
        context.addIssue({
          code: 'custom',
          path: ['rules', index, 'why'],
          message: 'turning a rule on needs a reason',
        });
      }
    });
  });
export type Site = z.infer<typeof siteSchema>;
