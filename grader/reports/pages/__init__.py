"""Reports as web pages: the one that a student reads, and the one that shows a teacher where a class is stuck.

    rules.py     a cause in a few words, for a class, and where to read more
    shown.py     what of a report a student may see
    picture.py   Picture: curves, contours and reliefs as data, with the sentence that says what they show
    pictures.py  from a chapter of a story to its pictures    grounds.py  paths and surfaces    laws.py  a law that broke
    wording.py   the lab's words                              scales.py   axes and ticks
    svg.py       a picture as static SVG, for print, mail, and where no script runs      strokes.py  its lines and marks
    relief.py    a surface in 3-D    figures.py  a picture as data for the script, which draws it with Plotly
    report.py    report_page         rows.py     its checks
    course.py    class_page, course_page          curves.py   all losses of a class over each other
    template.py  templates filled, and the policy around them                            writing.py  pages and scripts on disk
    templates/   Jinja2 templates and the style   assets/     our own scripts

For: layout, words and pictures; nothing is judged.  `report_page` and the class's pages are pure: records in, HTML out.
May import: the standard library, numpy, Jinja2, contourpy, `grader.model`, and of `grader.reports` the words.  Pictures and
their SVG (all but the templates) need neither Jinja2 nor a page, so that the student's own check can show them.
Side of the trust line: trusted, over text of strangers.  Every template escapes all it is given; SVG and JSON are escaped where they
are made; a Content-Security-Policy with a nonce lets only our own scripts run, and lets no request leave the page.
"""

from grader.reports.pages.course import class_page, course_page
from grader.reports.pages.report import report_page
from grader.reports.pages.writing import file_name, write_class, write_page

__all__ = ["class_page", "course_page", "file_name", "report_page", "write_class", "write_page"]
