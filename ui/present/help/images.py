"""What the help says of making, keeping, finding and comparing images."""

from __future__ import annotations

from backend.said import msg
from ui.present.help.topic import Topic

FIRST_IMAGE = Topic(
    "first-image",
    msg("Your first image"),
    # Translators: words by which a topic of the help is found
    msg("begin start try make generate prompt sample engine stop"),
    msg("The prompt, Generate with its price, and four finished images of a lighthouse."),
    first=(
        msg(
            "To try it you need no account and no key: the built-in sample engine paints simple"
            " pictures, free of charge and without a network."
        ),
    ),
    steps=(
        msg(
            "Open {create_page}. In a new browser an example stands in the prompt already;"
            " write over it what you would like to see."
        ),
        msg("Choose how many images you want: 1, 2, 4 or 8."),
        msg("Press {generate}. The button says beforehand what it makes and what that costs."),
        msg(
            "The images appear beside the form, on a phone below it. Each is stored at once,"
            " so you may close the page at any time."
        ),
    ),
    then=(
        msg(
            "{stop} holds back what has not been sent yet; what is on its way still arrives and"
            " is kept."
        ),
        msg("{examples_page} shows prompts that work well; each fills the form with one press."),
    ),
)

SEED = Topic(
    "seed",
    msg("What the seed is for"),
    # Translators: words by which a topic of the help is found
    msg("random number same neighbours variation keep"),
    msg("The prompt with its seed, which is kept, and an image with the button Reuse seed."),
    first=(
        msg(
            "Every image grows from a number, its seed. The same seed with the same settings"
            " gives the same image again."
        ),
        msg("As long as the seed is random, each press gives a new image."),
    ),
    steps=(
        msg(
            "When you like an image, point at it and press {reuse_seed}. Below the prompt it now"
            " says that this seed is kept."
        ),
        msg("Change one word of the prompt, or one setting."),
        msg("Press {generate}. What differs now comes from your change alone."),
    ),
    then=(
        msg(
            "When you write quite another prompt, the seed is random again; {keep_seed} beside"
            " it brings the old one back."
        ),
        msg(
            "{neighbours}, among the details of an image, makes the numbers just before and"
            " after its own."
        ),
        msg("Some models take no seed, such as SDXL 1.0: each of their images is unique."),
    ),
)

REPRODUCE = Topic(
    "reproduce",
    msg("Get an image again"),
    # Translators: words by which a topic of the help is found
    msg("reproduce repeat reuse identical proof link drop file metadata"),
    msg("An image with its details: it was made again, and the two are identical."),
    first=(
        msg(
            "Each image keeps all that it was asked with: model, prompt, seed and settings. They"
            " stand in its details and in the file itself."
        ),
    ),
    steps=(
        msg("Open the image in the {gallery_page}. Its details stand beside it."),
        msg("{all_settings} fills the form as it was at that time."),
        msg(
            "{again} says first what that costs, asks once more, and then tells whether the two"
            " images are identical, nearly the same or different."
        ),
    ),
    then=(
        msg(
            "You can also drop an image file onto any page: its settings fill the form. Files of"
            " many other programs are read, too."
        ),
        msg("{link} gives you a link that fills the form of another playground."),
        msg("An image of a model without a seed cannot be made again, and the page says so."),
    ),
)

GALLERY = Topic(
    "gallery",
    msg("Find your images"),
    # Translators: words by which a topic of the help is found
    msg("gallery search filter colour star tag trash delete undo download zip"),
    msg("The gallery with its search: the images whose prompt has the word that was typed."),
    first=(
        msg("The {gallery_page} holds every image that you have made, however many there are."),
        msg(
            "Type into its search: it finds words of the prompts as you type. What you put in"
            " quotation marks is found exactly so."
        ),
        msg(
            "{filters} narrow it down by model, day, stars, tags and colours: blue, for example,"
            " finds the blue ones."
        ),
        msg(
            "Mark what you like with stars and tags. Select several images to do it for all of"
            " them at once."
        ),
        msg("Open an image to see it large. {like} finds what looks similar."),
        msg("{download} packs selected images into one file, or into a picture for a slide."),
        msg(
            "{delete} moves images to the {trash}, and {undo} brings them back. They are gone"
            " for good only once you empty it."
        ),
    ),
)

EXPERIMENTS = Topic(
    "experiments",
    msg("Compare with an experiment"),
    # Translators: words by which a topic of the help is found
    msg("grid table vary parameter steps words blind test compare"),
    msg("A new experiment: the prompt, what varies, and what that makes and costs."),
    first=(
        msg(
            "An experiment changes one thing, keeps all the rest, and shows the images in a"
            " table. So you see what a setting or a word really does."
        ),
    ),
    steps=(
        msg("Open {experiments_page} and write a prompt."),
        msg(
            "Below {across}, choose what changes, for example {steps}, and write the values:"
            " {values}. Below {down} a second thing can change, such as a word."
        ),
        msg(
            "Read below how many images that is, what they cost and how long they take. Nothing"
            " has been sent so far."
        ),
        msg("Press the button there. The table fills, even if you close the page meanwhile."),
    ),
    then=(
        msg("{compare} lays two of the images side by side."),
        msg(
            "{words} shows which part of a prompt matters. {blind} asks which image you prefer"
            " while you do not know how it was made."
        ),
        msg("{vary}, among the details of an image, begins an experiment with its settings."),
    ),
)
