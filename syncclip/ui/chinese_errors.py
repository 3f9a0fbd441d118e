"""What the library says of failures, in Simplified Chinese.

The library and its jobs speak English, one line each; here every common line is known by its shape.
A test makes the library fail and sees that each is still met: whoever rewords one there is told.
"""

from __future__ import annotations

import re

__all__ = ["said_in_chinese"]

REASONS = {
    "No space left on device": "磁盘空间不足",
    "Permission denied": "没有权限",
    "Read-only file system": "文件系统只读",
    "No such file or directory": "文件或文件夹不存在",
    "Is a directory": "是文件夹",
    "Not a directory": "不是文件夹",
    "File exists": "同名文件已存在",
    "File name too long": "文件名过长",
    "Input/output error": "读写错误",
    "Invalid data found when processing input": "数据无效",
}
"""What operating systems and FFmpeg give as reasons."""

_PATTERNS: tuple[tuple[str, str], ...] = (
    # --- videos
    (r"no such file: '(?P<file>.*)'; check the path", "文件 {file} 不存在，请检查路径"),
    (r"'(?P<file>.*)' is empty \(0 bytes\);.*", "{file} 是空文件，请重新复制或下载"),
    (r"'(?P<file>.*)' is a folder, not a video;.*", "{file} 是文件夹，不是视频"),
    (
        r"'(?P<file>.*)' is cut short or damaged:.*",
        "{file} 不完整或已损坏（缺少 moov 目录），请重新下载或复制",
    ),
    (
        r"'(?P<file>.*)' is not a video(?: that can be read)? "
        r"\((?:it reads as )?(?P<reason>.*)\);.*",
        "{file} 不是可读取的视频（{reason}），请选择其他文件",
    ),
    (r"'(?P<file>.*)' has no video[:,].*", "{file} 没有视频画面，请选择含有画面的文件"),
    (r"'(?P<file>.*)' is in a codec that.*", "{file} 的编码无法解码，请先转换格式"),
    (
        r"'?(?P<file>.*?)'?: no frame (?:can be decoded|could be read);.*",
        "{file} 中没有可解码的画面，文件是否完整？",
    ),
    (
        r"cannot read '(?P<file>.*)': (?P<reason>.*); check its permissions",
        "无法读取 {file}：{reason}",
    ),
    # --- movies and commentaries of a result
    (
        r"(?P<file>.*), the commentary.*, is not there any more; put it back.*",
        "解说视频 {file} 已不在原处，请放回原处或重新匹配",
    ),
    (r"(?P<file>.*) is not there any more; say where the movie is.*", "电影 {file} 已不在原处"),
    (
        r"(?P<file>.*) has changed since it was (?:indexed|matched);.*",
        "{file} 已被修改，请重新建立索引或重新匹配",
    ),
    (
        r"(?P<file>.*) holds the result of another match; .*",
        "{file} 中已有另一次匹配的结果；请勾选“重新匹配”，或选择其他文件夹",
    ),
    # --- indexes
    (
        r"(?P<file>.*) is not a sound index \((?P<reason>.*)\);.*",
        "索引 {file} 已损坏（{reason}），请勾选“重新建立”后再建立一次",
    ),
    (r"(?P<file>.*) is not a SyncClip index but .*", "{file} 不是 SyncClip 索引"),
    (
        r"no sound index stands in (?P<file>.*); make one with.*",
        "{file} 中没有可用的索引，请先为电影建立索引",
    ),
    (
        r"(?P<file>.*) exists and is not the current index of (?P<movie>.*); replace it.*",
        "{file} 已存在，且不是 {movie} 的最新索引；请勾选“重新建立”，或选择其他文件夹",
    ),
    # --- results
    (r"(?P<file>.*): no such file; .*", "文件 {file} 不存在"),
    (r"(?P<file>.*): not valid JSON: .*", "{file} 不是有效的结果文件"),
    (r"(?P<file>.*): no result file.*", "{file} 不是结果文件，请选择 visual_match_results.json"),
    (
        r"(?P<file>.*): made by a newer SyncClip .*",
        "{file} 由更新版本的 SyncClip 生成，请更新 SyncClip",
    ),
    # --- writing
    (
        r"'?(?P<file>.*?)'?(?: failed)?: no space left on the disk; .*",
        "{file}：磁盘空间不足；请腾出空间后重新开始，已完成的部分会保留",
    ),
    (
        r"cannot write (?P<file>.*): (?P<reason>.*); (?:check free|free the) space.*",
        "无法写入 {file}：{reason}；请检查剩余空间和权限",
    ),
    (
        r"'?(?P<file>.*?)'? cannot be (?:written|made|changed): (?P<reason>[^;]*)(?:;.*)?",
        "无法写入 {file}：{reason}",
    ),
    (r"(?P<file>.*) is being written by another run; .*", "{file} 正被另一个任务写入，请稍候"),
    (r"'?(?P<file>.*?)'?:? cannot be read: (?P<reason>[^;]*)(?:;.*)?", "无法读取 {file}：{reason}"),
    # --- corrections
    (
        r"there is no segment (?P<n>-?\d+): the result has 1 to (?P<count>\d+)",
        "没有片段 {n}：结果共有 {count} 个片段",
    ),
    (
        r"(?P<at>\S+) s is outside of (?P<file>.*) \(0 to (?P<end>.*) s\)",
        "{at} 秒超出 {file} 的范围（0 到 {end} 秒）",
    ),
    (r"segment (?P<n>\d+) is in no movie already", "片段 {n} 已标为不在任何电影中"),
    (
        r"segment (?P<n>\d+) is in no movie: there is nothing to slip",
        "片段 {n} 不在任何电影中，无法移动源画面",
    ),
    (r"segment (?P<n>\d+) has no alternative (?P<to>-?\d+): .*", "片段 {n} 没有第 {to} 个其他位置"),
    (
        r"segment (?P<n>\d+) or the one (?:before|after) it would have no frame left",
        "片段 {n} 或其相邻片段将没有剩余的帧",
    ),
    (r"the commentary starts with segment (?P<n>\d+)", "片段 {n} 是解说视频的第一个片段"),
    (r"the commentary ends with segment (?P<n>\d+)", "片段 {n} 是解说视频的最后一个片段"),
    (
        r"a speed of (?P<speed>.*) is impossible: give 0 to 100",
        "速度 {speed} 无效：请输入 0 到 100",
    ),
    (r"'(?P<file>.*)' is not among the movies that were searched .*", "{file} 不在查找过的电影中"),
    (r"there is no correction to undo", "没有可以撤销的修正"),
    (
        r"the last correction \(segment (?P<n>\d+)\) cannot be undone: .*",
        "无法撤销最后一次修正（片段 {n}）：之后有人直接修改过结果文件",
    ),
    # --- programs and packages
    (
        r"(?P<package>\S+) is not installed; install it with: (?P<command>.*)",
        "未安装 {package}；请运行：{command}",
    ),
    (r".* failed: ffmpeg said: (?P<reason>.*)", "ffmpeg 出错：{reason}"),
    (r"no ffmpeg program was found; .*", "未找到 ffmpeg 程序，请先安装"),
    (r"no process can be started: (?P<reason>.*)", "无法启动任务：{reason}"),
)

_KNOWN = [(re.compile(pattern, re.DOTALL), said) for pattern, said in _PATTERNS]


def said_in_chinese(message: str) -> str:
    """A message of the library; one that is not known stays as it is."""
    for pattern, said in _KNOWN:
        if (met := pattern.fullmatch(message)) is not None:
            values = met.groupdict()
            if "reason" in values:
                values["reason"] = REASONS.get(values["reason"], values["reason"])
            return said.format(**values)
    return message
