// What scripts and server agree on. Made from ui/present/facts.py by `make facts`.
export const PAGE_MAX = 200;
export const PROMPTS_SHOWN = 100;
export const SEARCH_MAX_CHARS = 500;
export const TAG_MAX_CHARS = 64;
export const RATING_MAX = 5;
export const COUNTS = [1, 2, 4, 8];
export const COMPARED_MAX = 4;
export const THUMBNAIL_PX = 384;
export const HTML_MAX_IMAGES = 2000;
export const PNG_MAX_IMAGES = 200;
export const SEED_MAX = 4294967295;
export const TOKEN_BYTES = 16;
export const LANGUAGE_COOKIE = "playground_language";
export const CLOCK_HEADER = "Playground-Clock";
export const FILE_MAX_BYTES = 60000000;
export const ACCEPTED = "image/png,image/jpeg,image/webp,text/html,.html";
export const OFFLINE = "offline";
/** @type {Record<string, string>} */
export const PROVIDERS = {"offline": "Sample engine", "import": "Imported"};
/** @type {Record<string, string>} */
export const PROVIDER_BADGES = {"offline": "Sample", "import": "Imported"};
export const LIVE_STATES = ["queued", "sent"];
/** @type {Record<string, string>} */
export const VERDICTS = {"identical": "Identical", "near": "Nearly the same", "different": "Different"};
/** @type {Record<string, string>} */
export const CHILDREN = {
  "reused": "The settings were reused",
  "seed": "The seed was reused",
  "prompt": "The prompt was reused",
  "model": "With another model",
  "neighbour": "Neighbouring seed",
  "reproduced": "Made again",
  "experiment": "Part of an experiment",
};
export const COLOURS = [
  ["red", "Red"],
  ["orange", "Orange"],
  ["yellow", "Yellow"],
  ["green", "Green"],
  ["blue", "Blue"],
  ["purple", "Purple"],
  ["pink", "Pink"],
  ["brown", "Brown"],
  ["black", "Black"],
  ["grey", "Grey"],
  ["white", "White"],
];
export const FILTERS = [
  "q",
  "model",
  "provider",
  "starred",
  "rated",
  "tag",
  "since",
  "until",
  "seed",
  "size",
  "cached",
  "experiment",
  "session",
  "color",
  "like",
  "trash",
  "sort",
];
export const REPEATED_FILTERS = ["model", "tag", "color"];
export const SHAPES = ["1:1", "3:2", "2:3", "16:9", "9:16", "4:3"];
export const SORTS = [
  ["newest", "Newest"],
  ["oldest", "Oldest"],
  ["rating", "Best rated"],
  ["fastest", "Fastest"],
  ["slowest", "Slowest"],
];
export const LANGUAGES = [["curl", "cURL"], ["python", "Python"], ["javascript", "JavaScript"]];
export const OWN_LIMITS = [
  ["requests_per_minute", "Requests a minute", "numeric"],
  ["requests_per_day", "Requests a day", "numeric"],
  ["dollars_per_day", "US dollars a day", "decimal"],
  ["experiment_sends", "Requests of an experiment at once", "numeric"],
];
export const USED_OF_TIER_PERCENT = 90;
export const SESSION_IMAGES = 40;
export const SESSION_EACH = 2;
export const SESSION_IMAGES_MAX = 1000;
export const LONG_WORDS = 6;
export const CONJUNCTIONS = ["and", "or", "but", "und", "oder", "aber"];
export const JOINING = [
  "and",
  "or",
  "but",
  "und",
  "oder",
  "aber",
  "with",
  "without",
  "while",
  "at",
  "in",
  "on",
  "under",
  "over",
  "above",
  "below",
  "beside",
  "behind",
  "before",
  "between",
  "near",
  "by",
  "against",
  "during",
  "among",
  "around",
  "through",
  "across",
  "inside",
  "outside",
  "beneath",
  "along",
  "toward",
  "towards",
  "into",
  "onto",
  "upon",
  "beyond",
  "after",
  "from",
  "as",
  "where",
  "who",
  "that",
  "which",
  "wearing",
  "holding",
  "standing",
  "sitting",
  "surrounded",
  "lit",
  "featuring",
  "mit",
  "ohne",
  "w\u00e4hrend",
  "am",
  "im",
  "auf",
  "bei",
  "unter",
  "\u00fcber",
  "vor",
  "hinter",
  "neben",
  "zwischen",
  "nach",
  "aus",
];
export const PAGES = {
  "create": "/",
  "gallery": "/gallery",
  "experiments": "/experiments",
  "desk": "/desk",
  "examples": "/examples",
  "statistics": "/statistics",
  "settings": "/settings",
  "help": "/help",
};
export const STYLES_PAGE = "/styles";
export const SESSIONS_PAGE = "/desk/sessions";
