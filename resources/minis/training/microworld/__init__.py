# SPDX-License-Identifier: GPL-3.0-or-later
"""The micro-world of Modelarium's minis: its facts, its texts, its tasks and the training of the minis.

The modules build on each other in this order:

``world``     what is true (people, jobs, towns, animals, weather)
``split``     which combinations are trained on and which are kept for validation and test
``markup``    text with marked entities
``scene``     a story under construction
``plots``     the stories of the world
``reviews``   short reviews with a sentiment
``tasks``     labelled examples for every task, made from stories and reviews
``vocab``     learning the tokenizers
``baselines`` what a model has to beat
``export``    writing a mini in Hugging Face layout
``bert_mini`` and ``gpt2_mini`` train, measure and write one mini each
"""
