/** The house rules of docs/architecture.md: imports go downward only, each vendor package has one home. */
const level = {
  kernel: 'kernel',
  dicom: 'dicom',
  findings: 'findings',
  codec: 'hl7|profiles',
  evidence: 'evidence',
  adapter: 'dicomweb|models|ledger|queue|platform',
  joint: 'pipeline|probe',
};
const upTo = (...names) => names.map((name) => level[name]).join('|');

const homes = {
  dcmjs: 'libs/dicom|test/pacs-simulator',
  'dcmjs-codecs': 'libs/dicom',
  '@cornerstonejs/codec-charls': 'libs/dicom',
  'dicom-parser': 'libs/dicom',
  'dicom-character-set': 'libs/dicom',
  'node-hl7-client': 'libs/hl7',
  'onnxruntime-node': 'libs/models',
  typeorm: 'libs/ledger',
  '@nestjs/typeorm': 'libs/ledger',
  bullmq: 'libs/queue',
  '@nestjs/bullmq': 'libs/queue',
  undici: 'libs/dicomweb|libs/platform',
};

const rule = (name, from, to) => ({ name, severity: 'error', from, to });
/** `lib` may import only the libs of `allowed` and itself. */
const layer = (name, libs, allowed) =>
  rule(
    name,
    { path: `^libs/(${libs})/`, pathNot: '\\.spec\\.ts$' },
    { path: '^(libs|apps)/', pathNot: `^libs/($1${allowed ? `|${allowed}` : ''})/` },
  );
const specs = '\\.(spec|testing)\\.ts$';

export default {
  forbidden: [
    rule('no-circular', {}, { circular: true }),
    { ...rule('no-circular-folders', {}, { circular: true }), scope: 'folder' },
    layer('kernel-imports-nothing', level.kernel, ''),
    layer('dicom-imports-kernel', level.dicom, upTo('kernel')),
    layer('findings-import-downward', level.findings, upTo('kernel', 'dicom')),
    layer('codecs-import-downward', level.codec, upTo('kernel', 'dicom', 'findings')),
    layer('evidence-imports-downward', level.evidence, `${upTo('kernel', 'dicom', 'findings')}|profiles`),
    layer(
      'adapters-import-no-adapter',
      level.adapter,
      upTo('kernel', 'dicom', 'findings', 'codec', 'evidence'),
    ),
    layer(
      'joints-import-downward',
      level.joint,
      upTo('kernel', 'dicom', 'findings', 'codec', 'evidence', 'adapter'),
    ),
    rule(
      'app-never-imports-app',
      { path: '^apps/(?!prelector/)([^/]+)/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    rule(
      'only-through-the-index',
      { path: '^(?:libs|apps)/([^/]+)/' },
      { path: '^(libs|apps)/[^/]+/src/(?!index\\.ts$)', pathNot: '^(libs|apps)/$1/' },
    ),
    rule(
      'simulator-stands-alone',
      { path: '^test/pacs-simulator/' },
      { path: '^(libs|apps)/', pathNot: '^libs/kernel/' },
    ),
    rule(
      'phantoms-stand-alone',
      { path: '^test/phantoms/' },
      { path: '^(libs|apps)/', pathNot: '^libs/(kernel|dicom)/' },
    ),
    rule('spawned-never-imported', { path: '^(apps|libs)/' }, { path: '^test/(pacs-simulator|phantoms)/' }),
    rule(
      'no-nest-in-the-domain',
      { path: `^libs/(${upTo('kernel', 'dicom', 'findings', 'codec', 'evidence')}|dicomweb|models)/` },
      { path: 'node_modules/@nestjs/' },
    ),
    ...Object.entries(homes).map(([vendor, home]) =>
      rule(
        `only-${home.replaceAll(/[/|]/g, '-')}-uses-${vendor.replaceAll('/', '-')}`,
        { pathNot: `^(${home})/|^test/|${specs}` },
        { path: `node_modules/${vendor}/` },
      ),
    ),
    rule(
      'production-never-imports-tests',
      { path: '^(apps|libs)/', pathNot: specs },
      { path: `^test/|${specs}` },
    ),
    rule(
      'no-undeclared-package',
      { pathNot: `^test/(?!pacs-simulator|phantoms)|${specs}` },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
    rule('no-unresolvable', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
