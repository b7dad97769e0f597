// The shapes that the server's JSON has (its side is ui/present), and those that scripts pass on.

// --- from the server ---------------------------------------------------------------------------

interface ImageRecord {
  id: string;
  model: string;
  prompt: string;
  negative_prompt: string | null;
  width: number | null;
  height: number | null;
  num_steps: number | null;
  guidance_scale: number | null;
  seed: number | null;
  created: string;
  seconds: number | null;
  price_usd: number | null;
  cached: boolean;
  starred: boolean;
  image_url: string;
  thumb_url: string;
  rating: number;
  tags: string[];
  deleted: string | null;
  provider: string;
  parent: Origin | null;
  experiment: string | null;
  width_px: number;
  height_px: number;
}

interface Origin {
  id: string;
  kind: string;
}

interface Refusal {
  message: string;
  hint: string;
  field: string | null;
  maybe_charged: boolean;
}

type RunState = "queued" | "sent" | "saved" | "failed" | "unknown" | "cancelled";

/** The later try of the same request that stands for it. */
interface TriedAgain {
  run: string;
  created: string;
  image: string | null;
}

interface Run {
  id: string;
  index: number;
  state: RunState;
  seed: number | null;
  width: number | null;
  height: number | null;
  sent_s: number | null;
  list_price: string | null;
  record: ImageRecord | null;
  error: Refusal | null;
  way: { text: string; href: string } | null;
  balance: string | null;
  unsent: "stopped" | "failed" | "ended" | null;
  after_stop: boolean;
  dismissed: boolean;
  waits_for: string | null;
  waits_until: string | null;
  tried_again: TriedAgain | null;
}

/** What `/api/jobs` answers. */
interface Jobs {
  jobs: Job[];
  in_doubt: number;
  earlier: string | null;
  as_of: string;
}

interface Job {
  id: string;
  model: string;
  model_label: string;
  prompt: string;
  asked: string[];
  created: string;
  age_s: number;
  ended: boolean;
  usual_s: number | null;
  runs: Run[];
}

interface Page {
  images: ImageRecord[];
  next: string | null;
  total: number;
  total_is_least: boolean;
  as_of: number;
}

interface Facets {
  models: { id: string; label: string }[];
  providers: string[];
  tags: { tag: string; count: number }[];
  sizes: string[];
  trash: number;
}

type Verdict = "identical" | "near" | "different";

interface Pixels {
  verdict: Verdict | null;
  mean_difference: number | null;
  text: string;
  map_url: string | null;
}

interface Proof extends Pixels {
  id: string;
  verdict: Verdict;
  created: string;
}

interface Relative {
  record: ImageRecord | null;
  kind: string;
  text: string;
  changes: { label: string; from: string | null; to: string | null }[];
}

interface Lineage {
  parent: Relative | null;
  children: Relative[];
  more: number;
}

interface Offer {
  possible: boolean;
  text: string;
}

interface Details {
  record: ImageRecord;
  details: [label: string, text: string][];
  lineage: Lineage;
  proofs: Proof[];
  reproduce: Offer;
  neighbours: Offer;
  models: { id: string; label: string; notes: string[] }[];
  recipe: string | null;
}

interface ComparedRow {
  name: string;
  label: string;
  values: (string | null)[];
  differs: boolean;
}

interface Compared {
  images: ImageRecord[];
  rows: ComparedRow[];
  pixels: Pixels | null;
}

interface Brought {
  source: string;
  values: { [parameter: string]: unknown };
  dropped: { [parameter: string]: unknown };
  unknown: { [parameter: string]: unknown };
  model: string | null;
  model_label: string | null;
  text: string;
  recipe: string | null;
  choices: { text: string; recipe: string }[];
}

interface EarlierPrompt {
  prompt: string;
  used: string;
  uses: number;
}

interface StatisticsRow {
  day: string;
  model: string;
  label: string;
  images: number;
  price_usd: number;
  seconds: number;
}

interface Statistics {
  until: string;
  zone: string;
  rows: StatisticsRow[];
  total: { images: number; price_usd: number; seconds: number };
}

interface Status {
  login: boolean;
  offline: boolean;
  mode: string;
  notices: string[];
}

interface Setup {
  api_url: string;
  has_key: boolean;
  tier: string;
  own_limits: { [name: string]: string };
  offline: boolean;
  tiers: { name: string; label: string }[];
  used: string;
  in_force: string;
}

/** What is told to the results panel through Gradio (ui/page/handlers.py). */
type Message =
  | { kind: "job"; job: Job; tried?: Run | null; renewed?: Run[] }
  | { kind: "tried"; run: Run | null; text: string }
  | { kind: "note"; text: string }
  | { kind: "dismissed"; run: string }
  | { kind: "error"; error: Refusal }
  | { kind: "unanswered"; late: boolean }; // from the page itself (form.js)

/** The chip under the prompt (ui/page/basis.py). */
interface Basis {
  origin: Origin | null;
  title: string;
  text: string;
  bad: boolean;
  other?: { id: string; text: string } | null;
  lists?: [title: string, pairs: [name: string, value: string][]][];
}

// --- to the server -----------------------------------------------------------------------------

/** What is changed on images: `tags` on one, `add_tags` and `remove_tags` on many. */
interface Changes {
  starred?: boolean;
  rating?: number;
  tags?: string[];
  add_tags?: string[];
  remove_tags?: string[];
  deleted?: boolean;
}

interface Target {
  ids?: string[];
  query?: string;
}

interface Changed {
  changed: number;
  ids: string[] | null;
  undo: string | null;
}

/** Which settings of an image go into the form. */
interface Reuse {
  id: string;
  what: "all" | "seed" | "prompt" | "model";
  model?: string;
}

// --- between scripts ---------------------------------------------------------------------------

/** What one walks through in the viewer, and who hears of what was done (viewer/viewer.js). */
interface ViewerRow {
  total: () => number;
  record: (index: number) => Promise<ImageRecord | null>;
  index: number;
  changed?: (record: ImageRecord) => void;
  removed?: (id: string) => void;
  reuse?: ((choice: Reuse) => void) | null;
  closed?: (index: number) => void;
  started?: ((job: Job) => void) | null;
  indexOf?: (id: string) => number;
  live?: ((image: ImageRecord) => StageSource) | null; // what the stage shows instead: it follows what is made
}

/** What the stage needs of an image. */
type StageImage = Pick<
  ImageRecord,
  "id" | "prompt" | "image_url" | "thumb_url" | "width_px" | "height_px" | "provider"
>;

/**
 * A row of images for the stage (stage/stage.js), begun at `index`; `record(i)` is null where there is
 * none. With `watch` images come in while it is shown: `hear` is told how many are being made and
 * which one has come, and `indexOf` finds them again (-1 where they are gone). Returns how to stop.
 */
interface StageSource {
  total: () => number;
  record: (index: number) => Promise<StageImage | null>;
  index: number;
  indexOf?: (id: string) => number;
  watch?: (hear: (now: { making: number; made?: StageImage }) => void) => () => void;
}

/** What the viewer's side may ask of it. */
interface Viewer {
  dialog: HTMLDialogElement;
  changed: (record: ImageRecord) => void;
  started: ((job: Job) => void) | null;
  reuse: ((choice: Reuse) => void) | null;
  visit: (record: ImageRecord) => void;
  remove: (record: ImageRecord) => void;
  restore: (record: ImageRecord) => void;
  tell: (text: string) => void;
  announce: (text: string) => void;
  where: (job: Job) => HTMLElement;
}

/** What Gradio gives to the `mount` of a component; `value` and the others are its props. */
interface Component<Props> {
  element: HTMLElement;
  props: Props;
  trigger: (event: string, data?: object) => void;
  watch: (prop: string, callback: () => void) => void;
}

/** What draws itself into an element, and needs nothing else. */
type Drawn = Pick<Component<object>, "element">;

/** An event as a listener of `h` hears it: it is on an element of ours. */
type Heard<E> = E & { currentTarget: HTMLElement; target: HTMLElement };

type Listeners = {
  [Name in keyof HTMLElementEventMap as `on${Name}`]?: (event: Heard<HTMLElementEventMap[Name]>) => unknown;
};

/** Attributes of an element; `text`, `dataset` and listeners are set as such. */
type Props = Listeners & {
  text?: string | number | null;
  dataset?: { [name: string]: string | number | boolean };
} & { [attribute: string]: unknown };

type Child = Node | string | null | undefined;

/** An error of our routes in words; `refused` is the server's refusal, where it is one. */
interface AskError extends Error {
  refused?: Refusal;
}

/** An image was changed; or many were; or a change was taken back. */
type Marked =
  | { record: ImageRecord; changes: Changes }
  | { target: Target; changes: Changes; answer: Changed }
  | { undone: Changes; answer: Changed };

/** Something that can be taken back, once (shared/undo.js). */
interface Undoable {
  run: () => void;
  withdraw: () => boolean;
  withdrawn: (hear: () => void) => unknown;
}

/** A change of images that can be taken back; `then` is called when it has been. */
interface Undo extends Undoable {
  after: (then: () => unknown) => unknown;
}

/** From create/frames.js, which runs before Gradio's scripts. */
declare var calmFrames: (() => void) | undefined;

/** Where scripts look there are HTML elements alone. */
interface ParentNode {
  querySelector<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): HTMLElementTagNameMap[Tag] | null;
  querySelector(selectors: string): HTMLElement | null;
  querySelectorAll<Tag extends keyof HTMLElementTagNameMap>(selectors: Tag): NodeListOf<HTMLElementTagNameMap[Tag]>;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface Element {
  closest(selectors: string): HTMLElement | null;
}

interface DocumentEventMap {
  "playground:marked": CustomEvent<Marked>;
  "playground:reuse": CustomEvent<Reuse | { recipe: string; model?: string }>;
  "playground:forget": CustomEvent<null>;
  "playground:settings": CustomEvent<null>;
  "playground:connection": CustomEvent<null>;
  "playground:back": CustomEvent<null>;
  "playground:settled": CustomEvent<null>;
}

/** From texts/TAG.js: what the page's language says instead of ours, and which plural each form is. */
declare var playgroundTexts: { texts: Record<string, string | string[]>; plurals: Record<string, number> } | undefined;

// --- experiments ----------------------------------------------------------------------------------

interface ModelParameter {
  name: string;
  kind: "text" | "integer" | "number";
  label: string;
  help: string;
  default: string | number | null;
  minimum: number | null;
  maximum: number | null;
  step: number | null;
  choices: string[];
}

interface ModelInfo {
  id: string;
  label: string;
  description: string;
  parameters: ModelParameter[];
}

interface AxisOf {
  kind: string;
  values: unknown[];
  labels: string[];
  notes: string[];
}

interface PlanOf {
  title: string;
  base: Record<string, unknown>;
  axes: Record<string, Record<string, unknown>>;
  repeats: number;
}

interface Planned {
  digest: string;
  axes: Record<string, AxisOf>;
  places: number;
  cells: number;
  cached: number;
  to_send: number;
  price_usd: number | null;
  seconds: number | null;
  today: number | null;
  notes: string[];
  order: number[][];
}

interface ListedExperiment {
  id: string;
  title: string;
  created: string;
  state: "running" | "paused" | "stopped" | "done";
  why: string;
  goes_on: string | null;
}

interface CellOf {
  place: number[];
  places: number[][];
  state: "waiting" | "queued" | "sent" | "saved" | "failed" | "unknown";
  image_id: string | null;
  seconds: number | null;
  price_usd: number | null;
  cached: boolean;
  difference: number | null;
  error: string | null;
}

interface Experiment extends ListedExperiment {
  counts: Record<"cells" | "cached" | CellOf["state"], number>;
  version: string;
  whole: boolean;
  cells: CellOf[];
  plan: PlanOf;
  base: Record<string, unknown>;
  axes: Record<"x" | "y" | "z", AxisOf>;
}
