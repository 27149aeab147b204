import type { Random } from './random.js';
import { tissue } from './tissue.js';

/** Taken once: looking a global up is slow where a test runs this in a realm of its own. */
const { abs, max, min, sqrt } = Math;

/** A ball: centre and radius, mm. */
interface Ball {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly r: number;
}

/** An ellipsoid: centre and half axes, mm. */
interface Ellipsoid extends Omit<Ball, 'r'> {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

/** A straight tube of round section with closed ends. */
interface Tube {
  readonly from: readonly [number, number, number];
  readonly to: readonly [number, number, number];
  readonly r: number;
}

const BODY = { a: 165, b: 108 };
const FAT_MM = 12;
const CAVITY = { a: 140, b: 88 };
const WALL_MM = 1.5;
const DIAPHRAGM = { low: 35, rise: 55, a: 75, b: 95 };
const LUNG = { x: 74, y: 2, a: 56, b: 82, shoulder: 200, apex: 290 };
const HEART: Ellipsoid = { x: 25, y: -25, z: 110, a: 60, b: 48, c: 60 };
const AORTA = { x: 20, y: 42, r: 12, low: 40, high: 230 };
const SPINE = { x: 0, y: 72, r: 18 };
const TABLE = { halfWidth: 170, top: 122, bottom: 150, shell: 2 };
const CARINA: readonly [number, number, number] = [0, 18, 197];
const STOMACH: Ellipsoid = { x: 60, y: -20, z: 48, a: 40, b: 30, c: 20 };
const COLON: Ellipsoid = { x: -85, y: -30, z: 0, a: 24, b: 24, c: 26 };
const LESIONS = 30;

/** Height of the phantom from its first slice's lower face, mm; the apices of the lungs lie at 290. */
export const HEIGHT_MM = 312.5;
/** Where `--cut-apex` ends the scan: through both upper lobes, below the apices. */
export const CUT_APEX_MM = 240;

/**
 * A chest in mm: x to the patient's left, y to the back, z to the head, the origin on the body's axis at the
 * lower end. Lungs are half-ellipsoids over domed diaphragms, holding spheres of emphysema and one bulla of
 * 3 cm; the trachea leaves through the upper end; stomach and colon hold gas, the colon's through the lower
 * end; table, spine, heart and aorta are there to mislead.
 */
export class Anatomy {
  readonly #lesions: readonly Ball[];
  readonly #bulla: Ball;
  readonly #tubes: readonly Tube[];
  readonly #size: number;

  constructor(random: Random) {
    this.#size = random.between(0.96, 1.04);
    this.#bulla = { x: -LUNG.x - random.between(10, 20), y: random.between(-30, 0), z: 232, r: 15 };
    this.#lesions = Array.from({ length: LESIONS }, () => ({
      x: (random.next() < 0.5 ? -1 : 1) * random.between(40, 115),
      y: random.between(-60, 60),
      z: random.between(120, 265),
      r: random.between(9, 15),
    }));
    this.#tubes = [
      { from: CARINA, to: [0, 18 - 0.1 * (HEIGHT_MM + 40 - CARINA[2]), HEIGHT_MM + 40], r: 9 },
      { from: CARINA, to: [-48, 22, 160], r: 6.5 },
      { from: CARINA, to: [50, 24, 162], r: 6 },
    ];
  }

  /** The tissue at a point: one of the numbers of `tissue`. */
  tissueAt(x: number, y: number, z: number): number {
    if (!within(x, y, BODY.a, BODY.b)) return tableAt(x, y);
    const airway = this.#airwayAt(x, y, z);
    if (airway !== undefined) return airway;
    if (this.#isLung(x, y, z)) return this.#lungAt(x, y, z);
    if (inside(STOMACH, x, y, z) || inside(COLON, x, y, z)) return tissue.bowelGas;
    return solidAt(x, y, z);
  }

  #airwayAt(x: number, y: number, z: number): number | undefined {
    if (abs(x) > 60 || z < 145) return undefined;
    let wall = false;
    for (const tube of this.#tubes) {
      const away = distanceTo(tube, x, y, z);
      if (away <= tube.r) return tissue.airway;
      wall ||= away <= tube.r + WALL_MM;
    }
    return wall ? tissue.muscle : undefined;
  }

  #isLung(x: number, y: number, z: number): boolean {
    if (z < DIAPHRAGM.low || z > LUNG.apex || !within(x, y, CAVITY.a, CAVITY.b)) return false;
    const side = x < 0 ? -1 : 1;
    const above = max(0, (z - LUNG.shoulder) / (LUNG.apex - LUNG.shoulder));
    const taper = sqrt(1 - above * above) * this.#size;
    if (!within(x - side * LUNG.x, y - LUNG.y, LUNG.a * taper, LUNG.b * taper)) return false;
    const u = (x - side * LUNG.x) / DIAPHRAGM.a;
    const v = (y + 5) / DIAPHRAGM.b;
    const dome = DIAPHRAGM.low + DIAPHRAGM.rise * sqrt(max(0, 1 - u * u - v * v));
    return z > dome && !inside(HEART, x, y, z) && !inAorta(x, y, z);
  }

  #lungAt(x: number, y: number, z: number): number {
    if (inBall(this.#bulla, x, y, z)) return tissue.bulla;
    return this.#lesions.some((lesion) => inBall(lesion, x, y, z)) ? tissue.emphysema : tissue.parenchyma;
  }
}

function solidAt(x: number, y: number, z: number): number {
  if (inside(HEART, x, y, z) || inAorta(x, y, z)) return tissue.blood;
  if ((x - SPINE.x) ** 2 + (y - SPINE.y) ** 2 <= SPINE.r ** 2) return tissue.bone;
  return within(x, y, BODY.a - FAT_MM, BODY.b - FAT_MM) ? tissue.muscle : tissue.fat;
}

function tableAt(x: number, y: number): number {
  const depth = min(y - TABLE.top, TABLE.bottom - y, TABLE.halfWidth - abs(x));
  if (depth < 0) return tissue.air;
  return depth < TABLE.shell ? tissue.tableShell : tissue.tableFoam;
}

function within(x: number, y: number, a: number, b: number): boolean {
  return (x / a) ** 2 + (y / b) ** 2 <= 1;
}

function inside(shape: Ellipsoid, x: number, y: number, z: number): boolean {
  return (
    ((x - shape.x) / shape.a) ** 2 + ((y - shape.y) / shape.b) ** 2 + ((z - shape.z) / shape.c) ** 2 <= 1
  );
}

function inBall(ball: Ball, x: number, y: number, z: number): boolean {
  const dz = z - ball.z;
  if (dz > ball.r || dz < -ball.r) return false;
  return (x - ball.x) ** 2 + (y - ball.y) ** 2 + dz * dz <= ball.r * ball.r;
}

function inAorta(x: number, y: number, z: number): boolean {
  return z >= AORTA.low && z <= AORTA.high && (x - AORTA.x) ** 2 + (y - AORTA.y) ** 2 <= AORTA.r ** 2;
}

/** Distance from a point to a tube's axis, mm. */
function distanceTo(tube: Tube, x: number, y: number, z: number): number {
  const [fx, fy, fz] = tube.from;
  const dx = tube.to[0] - fx;
  const dy = tube.to[1] - fy;
  const dz = tube.to[2] - fz;
  const along = ((x - fx) * dx + (y - fy) * dy + (z - fz) * dz) / (dx * dx + dy * dy + dz * dz);
  const t = min(1, max(0, along));
  return sqrt((x - fx - t * dx) ** 2 + (y - fy - t * dy) ** 2 + (z - fz - t * dz) ** 2);
}
