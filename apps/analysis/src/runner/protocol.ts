import type { DicomWebClientOptions } from '@prelector/dicomweb';
import { findingsSchema, type Findings, type ImageIdentity, type SourceInstance } from '@prelector/findings';
import { limits } from '@prelector/kernel';
import type { VolumeGeometry } from '@prelector/models';
import { z } from 'zod';

const uidSchema = z.string().regex(/^[0-9.]{1,64}$/u);
const digestSchema = z.string().regex(/^[0-9a-f]{64}$/u);
const textSchema = z.string().max(64 * 1024);

/** `DicomWebClientOptions` as they cross to another process; what is secret stays behind (`access.ts`). */
export type ReaderClient = Pick<DicomWebClientOptions, 'profile' | 'roots' | 'allowHttp' | 'timeouts'>;

/** Where the instances come from: a PACS node, or a folder of DICOM files for dry runs. */
export type RunnerSource =
  | { readonly kind: 'dicomweb'; readonly client: ReaderClient }
  | { readonly kind: 'folder'; readonly path: string };

/** A series that a run reads, and what it is to the model. */
export interface RunSeries {
  /** One that the model package names; each once in a job. */
  readonly role: string;
  readonly seriesInstanceUid: string;
  readonly instances: readonly SourceInstance[];
  /** Why this series was chosen, in words: every report says it. */
  readonly why: string;
  /** Remarks of the selection. */
  readonly notes?: readonly string[];
  /** Images and frames of the series; by default one per instance. */
  readonly slices?: number;
  /** What the images must turn out to be; by default nothing was promised. */
  readonly geometry?: VolumeGeometry;
  /** Instances of the series that its metadata describe, read or not; by default nothing was promised. */
  readonly described?: number | undefined;
}

/** What one run is to do. */
export interface RunnerJob {
  readonly package: { readonly folder: string; readonly digest: string };
  readonly source: RunnerSource;
  readonly studyInstanceUid: string;
  readonly series: readonly RunSeries[];
}

/** Where a runner leaves the artifacts of one run, for its parent to take over. */
export interface HandoverPlace {
  /** Empty, and nobody else's for the time of the run. */
  readonly folder: string;
  /** All of them together. */
  readonly maximumBytes: number;
}

/** An artifact that a runner left in its folder, in a file of the name of its digest. */
export interface HandedArtifact {
  readonly digest: string;
  readonly bytes: number;
  readonly mediaType: string;
}

/** One identity that images state, and which image of the run does: none where only images do that it does not read. */
export interface SeenIdentity {
  readonly identity: ImageIdentity;
  readonly sopInstanceUid?: string | undefined;
}

/** What the child says of a run that went well. */
export interface ChildAnswer {
  readonly findings: Findings;
  /** The distinct identities that the headers of the images state. */
  readonly identities: readonly SeenIdentity[];
  /** By SOP Instance UID: digest of decoded pixels and of the attributes that the package reads. */
  readonly instanceDigests: Readonly<Record<string, string>>;
  readonly timings: { readonly fetchMs: number; readonly decodeMs: number; readonly inferMs: number };
  /** Bytes that the findings name by digest: never within a message. */
  readonly artifacts: readonly HandedArtifact[];
}

/** What a child is to judge: one package, and its test vectors where that is asked for. */
export interface InspectionJob {
  readonly package: { readonly folder: string; readonly digest: string };
  readonly vectors: boolean;
}

const clientSchema = z.strictObject({
  /** A profile of @prelector/profiles, checked where it was loaded. */
  profile: z.record(z.string(), z.unknown()),
  roots: z.strictObject({
    base: z.url(),
    qido: z.url().optional(),
    wado: z.url().optional(),
    stow: z.url().optional(),
  }),
  allowHttp: z.boolean(),
  timeouts: z.record(z.string(), z.number()).optional(),
});

const sourceSchema = z.union([
  z.strictObject({ kind: z.literal('dicomweb'), client: clientSchema }),
  z.strictObject({ kind: z.literal('folder'), path: z.string().min(1) }),
]);

const packageSchema = z.strictObject({ folder: z.string().min(1), digest: digestSchema });

const seriesSchema = z.strictObject({
  role: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u)
    .max(64),
  seriesInstanceUid: uidSchema,
  instances: z
    .array(z.strictObject({ sopClassUid: uidSchema, sopInstanceUid: uidSchema }))
    .min(1)
    .max(limits.instancesPerStudy),
  why: textSchema.min(1),
  notes: z.array(textSchema).max(100).optional(),
  slices: z.int().min(1).optional(),
  geometry: z
    .strictObject({
      rows: z.int(),
      columns: z.int(),
      spacing: z.tuple([z.number(), z.number(), z.number()]),
      order: digestSchema,
      stated: z.record(z.string().length(8), z.array(z.string().max(256))).optional(),
    })
    .optional(),
  described: z.int().min(1).optional(),
});

const MOST_SERIES = 32;

const jobSchema = z.strictObject({
  package: packageSchema,
  source: sourceSchema,
  studyInstanceUid: uidSchema,
  series: z
    .array(seriesSchema)
    .min(1)
    .max(MOST_SERIES)
    .refine((series) => new Set(series.map(({ role }) => role)).size === series.length),
});

const handoverSchema = z.strictObject({ folder: z.string().min(1), maximumBytes: z.int().min(0) });

const artifactSchema = z.strictObject({
  digest: digestSchema,
  bytes: z.int().min(0),
  mediaType: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+$/u)
    .max(100),
});

const namePartsSchema = z.strictObject({ family: textSchema, given: textSchema });

const identitySchema = z.strictObject({
  patientId: textSchema.optional(),
  issuerOfPatientId: textSchema.optional(),
  name: z
    .strictObject({
      ...namePartsSchema.shape,
      ideographic: namePartsSchema.optional(),
      phonetic: namePartsSchema.optional(),
    })
    .optional(),
  birthDate: textSchema.optional(),
  sex: textSchema.optional(),
  studyInstanceUid: textSchema.optional(),
  accessionNumber: textSchema.optional(),
  issuerOfAccessionNumber: textSchema.optional(),
  stated: z.record(z.string().max(100), textSchema),
});

const answerSchema = z.strictObject({
  findings: findingsSchema,
  identities: z
    .array(z.strictObject({ identity: identitySchema, sopInstanceUid: uidSchema.optional() }))
    .min(1)
    .max(16),
  instanceDigests: z.record(uidSchema, digestSchema),
  timings: z.strictObject({ fetchMs: z.number(), decodeMs: z.number(), inferMs: z.number() }),
  artifacts: z.array(artifactSchema).max(1000),
});

const progressSchema = z.discriminatedUnion('stage', [
  z.strictObject({ stage: z.literal('loading') }),
  z.strictObject({ stage: z.literal('fetching'), done: z.int(), total: z.int() }),
  z.strictObject({ stage: z.literal('inferring') }),
]);
/** How far a run has come. */
export type RunnerProgress = z.infer<typeof progressSchema>;

const failureSchema = z.strictObject({
  code: z.string().max(100),
  recovery: z.enum(['transient', 'ambiguous', 'permanent']),
  scope: z.enum(['installation', 'node', 'study', 'instance']).optional(),
  message: z.string().max(4000),
});

/** From the parent to the child. */
export type RunnerRequest = { readonly id: number; readonly threads: number } & (
  | {
      readonly kind: 'run';
      readonly job: RunnerJob;
      /** None where nobody takes artifacts over. */
      readonly handover?: HandoverPlace | undefined;
    }
  | { readonly kind: 'inspect'; readonly job: InspectionJob }
);

const requestBase = { id: z.int(), threads: z.int().min(1) };

const requestSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('run'),
    ...requestBase,
    job: jobSchema,
    handover: handoverSchema.optional(),
  }),
  z.strictObject({
    kind: z.literal('inspect'),
    ...requestBase,
    job: z.strictObject({ package: packageSchema, vectors: z.boolean() }),
  }),
]);

const problemsSchema = z.array(z.strictObject({ path: textSchema, message: textSchema })).max(1000);

const inspectionSchema = z.strictObject({
  problems: problemsSchema,
  warnings: problemsSchema,
  vectors: z.array(z.strictObject({ name: textSchema, failures: z.array(textSchema).max(1000) })).max(1000),
});

const replySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('progress'), id: z.int(), progress: progressSchema }),
  z.strictObject({ kind: z.literal('answer'), id: z.int(), answer: answerSchema }),
  z.strictObject({ kind: z.literal('inspection'), id: z.int(), inspection: inspectionSchema }),
  z.strictObject({ kind: z.literal('failure'), id: z.int(), failure: failureSchema }),
  z.strictObject({
    kind: z.literal('log'),
    level: z.enum(['info', 'warn', 'error']),
    message: z.string().max(500),
    fields: z.record(z.string(), z.union([z.string().max(200), z.number(), z.boolean()])),
  }),
]);
/** From the child to the parent; `id` names the run. */
export type RunnerReply =
  | Exclude<z.infer<typeof replySchema>, { kind: 'answer' }>
  | { readonly kind: 'answer'; readonly id: number; readonly answer: ChildAnswer };

/** A message from the parent, checked; undefined when it is none. */
export function readRequest(message: unknown): RunnerRequest | undefined {
  const request = requestSchema.safeParse(message);
  return request.success ? (request.data as RunnerRequest) : undefined;
}

/** A message from the child, checked; undefined when it is none. */
export function readReply(message: unknown): RunnerReply | undefined {
  const reply = replySchema.safeParse(message);
  return reply.success ? (reply.data as RunnerReply) : undefined;
}
